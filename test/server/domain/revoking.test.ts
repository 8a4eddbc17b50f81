// An operator takes a lease back: at once for its holder, on disk with who did it and why, and the port is nobody's while it is bound.

import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

const revocation = { actor: "token:ops", reason: "the rack is moved" };

describe("Revoking a lease", () => {
  it("ends it with the operator's words, and its port rests", async () => {
    const { broker, block, store, events } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { leaseId } = lease.record;
    const revoked = await broker.revoking.revoke(leaseId, revocation, false);
    assert.equal(revoked?.ended.reason, "revoked");
    assert.deepEqual(revoked.ended.revocation, revocation);
    assert.equal(revoked.revision, broker.revision);
    await refusal(broker.renew(leaseId, lease.holderKey, null), "lease_not_found");
    assert.equal(block.stateOf(20_000), "quarantined");
    const ends = store.batches
      .flat()
      .flatMap(({ change }) => (change.type === "lease_ended" ? [change.ended.revocation] : []));
    assert.deepEqual(ends, [revocation]);
    assert.ok(events.some((event) => event.type === "lease_ended"));
  });

  it("gives the port to nobody while a process is bound to it (promise 5)", async () => {
    const policy = { size: 1, portCountMax: 1, quarantineMs: 1_000 };
    const { broker, reservation, clock } = await brokerFixture({ policy });
    const { lease } = await broker.acquire(request());
    reservation.inUse.add(20_000);
    await broker.revoking.revoke(lease.record.leaseId, revocation, false);
    clock.advance(1_000);
    await refusal(broker.acquire(request()), "pool_full");
  });

  it("is refused for one that is not there, unless that is all the same; then its end is on disk", async () => {
    const { broker, store, clock } = await brokerFixture();
    await refusal(broker.revoking.revoke("nothing", revocation, false), "lease_not_found");
    assert.equal(await broker.revoking.revoke("nothing", revocation, true), null);
    const { lease } = await broker.acquire(request());
    clock.advance(lease.record.ttlMs);
    const gate = store.hold();
    let answered = false;
    const again = broker.revoking
      .revoke(lease.record.leaseId, revocation, true)
      .then(() => (answered = true));
    await settle();
    assert.equal(answered, false);
    gate.open();
    await again;
    await refusal(
      broker.revoking.revoke(lease.record.leaseId, revocation, false),
      "lease_not_found",
    );
  });

  it("is refused with words that cannot be shown, or too many", async () => {
    const { broker } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    for (const reason of ["a\nb", "\u001b[2J", "\u202eabc", "x".repeat(257)]) {
      const wrong = broker.revoking.revoke(lease.record.leaseId, { actor: "", reason }, false);
      await refusal(wrong, "field_invalid");
    }
    assert.notEqual(broker.findLive(lease.record.leaseId), null);
  });

  it("is refused while the store cannot write, and the lease lives", async () => {
    const { broker, store } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    store.failure = "before";
    await refusal(broker.acquire(request()), "store_unavailable");
    const revoked = broker.revoking.revoke(lease.record.leaseId, revocation, false);
    await refusal(revoked, "store_unavailable");
    assert.notEqual(broker.findLive(lease.record.leaseId), null);
  });

  it("is confirmed for none that is not known while a grant may be on disk that nobody knows of", async () => {
    const { broker, store } = await brokerFixture();
    store.failure = "after";
    await refusal(broker.acquire(request()), "store_unavailable");
    const [granted] = store.batches.flat();
    assert.ok(granted?.change.type === "lease_granted");
    const { leaseId } = granted.change.lease;
    assert.equal(broker.findLive(leaseId), null);
    await refusal(broker.revoking.revoke(leaseId, revocation, true), "store_unavailable");
    await refusal(broker.release(leaseId, "a key", true), "store_unavailable");
  });

  it("takes back a lease whose grant is on its way to disk, and not told yet", async () => {
    const { broker, store } = await brokerFixture();
    const gate = store.hold();
    const acquired = broker.acquire(request());
    await settle();
    const [granted] = store.batches.flat();
    assert.ok(granted?.change.type === "lease_granted");
    const { leaseId } = granted.change.lease;
    const revoked = broker.revoking.revoke(leaseId, revocation, true);
    gate.open();
    await acquired;
    assert.equal((await revoked)?.ended.reason, "revoked");
    assert.equal(broker.findLive(leaseId), null);
  });
});
