import assert from "node:assert/strict";
import type { BrokerEvent } from "#server/domain/events.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { refusal } from "../../support/broker-error.js";
import { settle } from "../../support/broker-fixture.js";
import { fullBroker, maxWaitMs, Outcomes, release, waiting } from "../../support/full-broker.js";
import { ScriptedStore } from "../../support/scripted-store.js";

describe("Waiting in line, and a caller that goes away (semantics 10)", () => {
  it("leaves at once, and the next one is served", async () => {
    const fixture = await fullBroker(1);
    const abort = new AbortController();
    const refused = refusal(fixture.broker.acquire(waiting(), abort.signal), "cancelled");
    const second = fixture.broker.acquire(waiting());
    await settle();
    abort.abort();
    await refused;
    assert.equal(fixture.broker.waiterCount, 1);
    await release(fixture, ...fixture.grants);
    await second;
    assert.equal(fixture.broker.leaseCount, 1);
  });

  it("gives its port to the next when it goes before the grant is sent to disk", async () => {
    const fixture = await fullBroker(2, { policy: { quarantineMs: 5_000 } });
    const { broker, clock, store, grants } = fixture;
    const abort = new AbortController();
    const refused = refusal(broker.acquire(waiting(), abort.signal), "cancelled");
    const next = broker.acquire(waiting());
    await release(fixture, grants[1]);
    const gate = store.hold();
    const { lease } = grants[0] ?? assert.fail();
    const other = broker.renew(lease.record.leaseId, lease.holderKey, 20_000);
    await settle();
    clock.advance(5_000);
    broker.advance();
    assert.equal(broker.waiterCount, 1, "the first one's grant is behind the change of the TTL");
    abort.abort();
    await refused;
    await settle();
    assert.equal(broker.waiterCount, 0, "nobody has to ask again for the next to be served");
    gate.open();
    await Promise.all([other, next]);
    assert.equal((await store.load()).leases.length, 2);
  });

  it("releases the lease at once when it goes while the grant is on its way", async () => {
    const fixture = await fullBroker(1);
    const { broker, store } = fixture;
    const [held] = fixture.grants;
    assert.ok(held !== undefined);
    const abort = new AbortController();
    const refused = refusal(broker.acquire(waiting(), abort.signal), "cancelled");
    const next = broker.acquire(waiting());
    const endGate = store.hold();
    void broker.release(held.lease.record.leaseId, held.lease.holderKey, false);
    await settle();
    endGate.open();
    // The end lands; the grant that follows it does not yet.
    const gate = store.hold();
    await settle();
    abort.abort();
    gate.open();
    await refused;
    await next;
    assert.deepEqual(
      store.batches
        .flat()
        .map(({ change }) => (change.type === "lease_ended" ? change.ended.reason : change.type)),
      ["lease_granted", "released", "lease_granted", "caller_gone", "lease_granted"],
    );
  });
});

describe("Waiting in line with a request_id (semantics 9)", () => {
  const fingerprint = { key: "k", bodyHash: "b" };

  it("lets a repeat join, also one that waits longer", async () => {
    const fixture = await fullBroker(1, { policy: { ttlDefaultMs: 60_000 } });
    const { broker, clock } = fixture;
    const wish = waiting({ request: fingerprint });
    const first = broker.acquire(wish);
    await settle();
    clock.advance(6_000);
    const again = broker.acquire(wish);
    assert.equal(broker.waiterCount, 1);
    clock.advance(6_000);
    broker.advance();
    assert.equal(broker.waiterCount, 1, "the repeat still waits");
    await release(fixture, ...fixture.grants);
    const [one, other] = await Promise.all([first, again]);
    assert.equal(one.lease, other.lease);
    assert.deepEqual([one.waitMs, other.waitMs], [12_000, 6_000]);
  });

  it("is withdrawn when the last of its callers goes away, not before", async () => {
    const { broker } = await fullBroker(1);
    const [one, other] = [new AbortController(), new AbortController()];
    const wish = waiting({ request: fingerprint });
    const both = [one, other].map(({ signal }) =>
      refusal(broker.acquire(wish, signal), "cancelled"),
    );
    one.abort();
    await settle();
    assert.equal(broker.waiterCount, 1);
    other.abort();
    // In the same turn: it is a new request by now.
    const anew = broker.acquire(wish);
    await Promise.all(both);
    assert.equal(broker.waiterCount, 1);
    await broker.stop();
    await refusal(anew, "stopping");
  });
});

describe("Waiting in line while the store fails (semantics 1)", () => {
  it("keeps the place in line, and is served when the store works again", async () => {
    const fixture = await fullBroker(2);
    const { broker, store, clock, grants } = fixture;
    const outcomes = new Outcomes();
    outcomes.follow("a", broker.acquire(waiting()));
    outcomes.follow("b", broker.acquire(waiting()));
    await settle();
    store.failure = "after";
    const [first] = grants;
    assert.ok(first !== undefined);
    const { leaseId } = first.lease.record;
    await refusal(broker.release(leaseId, first.lease.holderKey, false), "store_unavailable");
    await settle();
    assert.deepEqual([broker.waiterCount, outcomes.order], [2, []]);
    await refusal(broker.acquire(waiting()), "store_unavailable");
    store.failure = "none";
    broker.advance();
    await settle();
    // The end was on disk after all.
    assert.deepEqual(outcomes.order, ["a"]);
    clock.advance(0);
    assert.equal(broker.waiterCount, 1);
  });

  it("takes no port that comes free meanwhile, until it can be granted", async () => {
    const fixture = await fullBroker(2, { policy: { quarantineMs: 5_000 } });
    const { broker, store, clock, block, grants } = fixture;
    const acquire = broker.acquire(waiting());
    await release(fixture, grants[0]);
    store.failure = "before";
    await assert.rejects(release(fixture, grants[1]));
    clock.advance(5_000);
    broker.advance();
    await settle();
    assert.deepEqual([broker.waiterCount, block.usage().free], [1, 1]);
    store.failure = "none";
    clock.advance(500);
    broker.advance();
    await acquire;
  });

  it("says that the store is the reason when the wait ends before", async () => {
    const fixture = await fullBroker(1, { policy: { ttlDefaultMs: 60_000 } });
    const { broker, store, clock, grants } = fixture;
    const refused = refusal(broker.acquire(waiting()), "store_unavailable");
    store.failure = "before";
    await assert.rejects(release(fixture, ...grants));
    clock.advance(maxWaitMs);
    broker.advance();
    assert.equal((await refused).details.metadata?.["waited_ms"], String(maxWaitMs));
  });

  it("refuses the one whose grant was on its way, and keeps the others", async () => {
    const store = new ScriptedStore(new MemoryStore());
    // The port that the end frees goes to the line at once: the very next batch is the one that fails.
    const onEvent = ({ type }: BrokerEvent): void => {
      if (type === "lease_ended") store.failure = "before";
    };
    const { broker, grants } = await fullBroker(1, { store, onEvent });
    const outcomes = new Outcomes();
    outcomes.follow("a", broker.acquire(waiting()));
    outcomes.follow("b", broker.acquire(waiting()));
    await settle();
    const [held] = grants;
    assert.ok(held !== undefined);
    await broker.release(held.lease.record.leaseId, held.lease.holderKey, false);
    await settle();
    assert.deepEqual(outcomes.order, ["a store_unavailable"]);
    store.failure = "none";
    broker.advance();
    await settle();
    assert.deepEqual(outcomes.order, ["a store_unavailable", "b"]);
  });
});
