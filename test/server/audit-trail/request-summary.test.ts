// What the audit log keeps of requests.

import assert from "node:assert/strict";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { neededRoles } from "#server/access/method-roles.js";
import { summarize, withoutSecrets } from "#server/audit-trail/request-summary.js";

const secret = "k".repeat(32);

describe("the summary of a request", () => {
  it("has the fields that say what was asked for, and leaves empty ones out", () => {
    const request = { blockId: "b-1", force: true, allowMissing: false, pool: "", firstPort: 7 };
    assert.deepEqual(summarize(request), { blockId: "b-1", force: true, firstPort: 7 });
    assert.deepEqual(summarize({ quarantine: { seconds: 1n, nanos: 500_000_000 } }), {
      quarantine: "1.5s",
    });
  });

  it("keeps nothing of fields that nobody has put on its list", () => {
    assert.deepEqual(summarize({ holderKey: "x", token: "y", somethingNew: "z" }), {});
    assert.deepEqual(summarize(undefined), {});
    assert.deepEqual(summarize(Symbol("unreadable")), {});
  });

  it("hides what could be a token or a holder key in any field, and not the ids of leases", () => {
    assert.deepEqual(summarize({ leaseId: secret }), { leaseId: "[32 characters]" });
    assert.equal(withoutSecrets(`because of ${secret}!`), "because of [32 characters]!");
    assert.equal(withoutSecrets("0000000001q-8xk2m4vz"), "0000000001q-8xk2m4vz");
  });

  it("cuts what is long", () => {
    assert.equal(withoutSecrets("a ".repeat(400)).length, 257);
  });

  it("has something to say of each change that has a request at all", () => {
    const silent = Object.entries(AdminServiceService)
      .filter(([, { path }]) => neededRoles(path)?.includes("admin"))
      .filter(([, { requestDeserialize }]) => {
        const fields = Object.entries(requestDeserialize(Buffer.alloc(0)));
        const filled = fields.map(([name, value]) => [name, exampleLike(value)]);
        return fields.length > 0 && Object.keys(summarize(Object.fromEntries(filled))).length === 0;
      });
    assert.deepEqual(silent, []);
  });
});

function exampleLike(value: unknown): unknown {
  if (typeof value === "string") return "x";
  return typeof value === "boolean" ? true : 1;
}
