// Giving leases back, closing the client, and what a lease shows of itself.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { status } from "@grpc/grpc-js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { eventually } from "../../support/eventually.js";
import { clientLabs, endNotice, failure, nextLost } from "./support/client-lab.js";
import { refusal } from "./support/fake-lease-service.js";

describe("Lease.release()", () => {
  const lab = clientLabs();

  it("tells the broker with the key, once, and stops renewing", async () => {
    const { client, service, time } = lab();
    const lease = await client.acquire();
    await eventually("the first renewal", () => service.renewals.length === 1);
    await Promise.all([lease.release(), lease.release()]);
    await lease.release();
    assert.deepEqual(service.releases, [
      { leaseId: "lease-1", holderKey: "key-1", allowMissing: true },
    ]);
    assert.equal(lease.state, "released");
    await eventually("the end of the session", () => service.sessions.size === 0);
    await eventually("no timer is left", () => time.waitingCount === 0);
    assert.equal(service.renewals.length, 1);
  });

  it("happens at the end of an await using block", async () => {
    const { client, service } = lab();
    {
      await using lease = await client.acquire();
      assert.equal(lease.state, "safe");
    }
    assert.equal(service.releases.length, 1);
  });

  it("rejects while the broker cannot be told, and may be repeated", async () => {
    const { client, service } = lab();
    const lease = await client.acquire();
    service.onRelease = () => refusal(status.INTERNAL, "INTERNAL");
    assert.equal((await failure(lease.release())).code, "INTERNAL");
    assert.equal(lease.state, "released");
    service.onRelease = () => ({ alreadyEnded: false, quarantine: undefined });
    await lease.release();
    assert.equal(service.releases.length, 2);
  });

  it("does not throw out of an await using block when the broker is gone", async () => {
    const { client, service } = lab();
    const lease = await client.acquire();
    service.onRelease = () => refusal(status.INTERNAL, "INTERNAL");
    await lease[Symbol.asyncDispose]();
    assert.equal(lease.state, "released");
  });

  it("is nothing to do for a lost lease", async () => {
    const { client, service } = lab();
    const lease = await client.acquire();
    await eventually("the session", () => service.renewals.length === 1);
    const lost = nextLost(lease);
    service.tell(endNotice("lease-1", LeaseEndReason.LEASE_END_REASON_REVOKED));
    assert.deepEqual(await lost, { reason: "REVOKED", message: "an operator took it" });
    await lease.release();
    assert.equal(service.releases.length, 0);
    assert.equal(lease.state, "lost");
  });
});

describe("LeaseClient.close()", () => {
  const lab = clientLabs();

  it("releases all leases and lets the process end", async () => {
    const { client, service, time } = lab();
    await Promise.all([client.acquire(), client.acquire()]);
    await client.close();
    assert.deepEqual(service.releases.map(({ leaseId }) => leaseId).toSorted(), [
      "lease-1",
      "lease-2",
    ]);
    await eventually("no timer is left", () => time.waitingCount === 0);
    assert.equal((await failure(client.acquire())).reason, "CLIENT_CLOSED");
  });

  it("ends acquires that are under way", async () => {
    const { client, service } = lab();
    service.onAcquire = () => null;
    const failing = failure(client.acquire());
    await eventually("the call", () => service.acquires.length === 1);
    await client.close();
    assert.equal((await failing).reason, "CLIENT_CLOSED");
  });
});

describe("the secrets of a lease", () => {
  const lab = clientLabs();

  it("appear neither when a lease is shown nor when it is made into JSON", async () => {
    const { client } = lab();
    const lease = await client.acquire();
    const views = [
      JSON.stringify(lease),
      JSON.stringify({ lease }),
      inspect(lease),
      inspect({ lease }, { depth: 20, showHidden: true, getters: true }),
      inspect(client, { depth: 20, showHidden: true, getters: true }),
    ];
    for (const view of views) assert.doesNotMatch(view, /key-1/);
    assert.match(views[2] ?? "", /^Lease \{.*lease-1.*20001.*safe/s);
    assert.deepEqual(JSON.parse(views[0] ?? ""), {
      leaseId: "lease-1",
      pool: "default",
      protocol: "tcp",
      ports: [20_001],
      generation: "7",
      ttlMs: 30_000,
      state: "safe",
    });
  });
});
