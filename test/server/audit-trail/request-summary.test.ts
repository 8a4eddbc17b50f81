// What the audit log keeps of requests.

import assert from "node:assert/strict";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import { neededRoles } from "#server/access/method-roles.js";
import { summarize } from "#server/audit-trail/request-summary.js";

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
    assert.deepEqual(summarize({ reason: `because of ${secret}!` }), {
      reason: "because of [32 characters]!",
    });
    const leaseId = "0000000001q-8xk2m4vz";
    assert.deepEqual(summarize({ leaseId }), { leaseId });
  });

  it("cuts what is long", () => {
    assert.equal(String(summarize({ reason: "a ".repeat(400) })["reason"]).length, 256);
  });

  it("keeps every field of every change: whoever adds one decides here whether it may be kept", () => {
    const methods = [...Object.values(AdminServiceService), ...Object.values(FleetServiceService)];
    for (const { path, requestDeserialize } of methods) {
      if (!neededRoles(path)?.includes("admin")) continue;
      const fields = Object.entries(requestDeserialize(Buffer.alloc(0)));
      const filled = Object.fromEntries(
        fields.map(([name, value]) => [name, exampleLike(value)] as const),
      );
      assert.deepEqual(Object.keys(summarize(filled)), Object.keys(filled), path);
    }
  });

  it("names a host by its whole domain name, and hides what could be a secret in its place", () => {
    const hostId = "ip-10-0-12-34.eu-west-1.compute.internal";
    assert.deepEqual(summarize({ hostId }), { hostId });
    assert.deepEqual(summarize({ hostId: `${secret}.x` }), { hostId: "[32 characters].x" });
  });
});

function exampleLike(value: unknown): unknown {
  if (typeof value === "string") return "x";
  return typeof value === "boolean" ? true : 1;
}
