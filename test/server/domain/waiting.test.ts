import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { Grant } from "#server/domain/broker.js";
import { refusal } from "../../support/broker-error.js";
import {
  type BrokerFixture,
  brokerFixture,
  type FixtureOptions,
  request,
  settle,
} from "../../support/broker-fixture.js";

const maxWaitMs = 10_000;

function waiting(fields: Partial<AcquireRequest> = {}): AcquireRequest {
  return request({ maxWaitMs, ...fields });
}

/** A broker of which every port is leased, in order of port. */
async function fullBroker(
  size: number,
  options: FixtureOptions = {},
): Promise<BrokerFixture & { readonly grants: readonly Grant[] }> {
  const policy = { quarantineMs: 0, ...options.policy, size, sizeMax: size };
  const fixture = await brokerFixture({ ...options, policy });
  const grants: Grant[] = [];
  for (let count = 0; count < size; count += 1)
    grants.push(await fixture.broker.acquire(request()));
  return { ...fixture, grants };
}

async function release({ broker }: BrokerFixture, ...grants: readonly (Grant | undefined)[]) {
  for (const grant of grants) {
    assert.ok(grant !== undefined);
    await broker.release(grant.lease.record.leaseId, grant.lease.holderKey, false);
  }
  await settle();
}

/** What became of some acquires, and in which order. */
class Outcomes {
  readonly order: string[] = [];
  readonly ports = new Map<string, number>();

  follow(name: string, acquire: Promise<Grant>): void {
    void acquire.then(
      ({ lease }) => {
        this.order.push(name);
        this.ports.set(name, lease.record.ports.firstPort);
      },
      (error: { readonly code?: string }) => this.order.push(`${name} ${error.code ?? "failed"}`),
    );
  }
}

describe("Waiting in line", () => {
  it("gives the port to the first in line when its lease ends, and counts the wait", async () => {
    const fixture = await fullBroker(1);
    const { broker, clock, grants } = fixture;
    const acquire = broker.acquire(waiting());
    await settle();
    assert.equal(broker.waiterCount, 1);
    clock.advance(7_500);
    await release(fixture, ...grants);
    const { lease, waitMs } = await acquire;
    // The client's deadline, time sent + wait + TTL, is the broker's (semantics 6).
    assert.equal(waitMs, 7_500);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + lease.record.ttlMs);
    assert.equal(broker.waiterCount, 0);
  });

  it("does not wait unless asked, and never when it is only to be validated", async () => {
    const { broker } = await fullBroker(1);
    await refusal(broker.acquire(request()), "pool_full");
    await refusal(() => broker.validateAcquire(waiting({ validateOnly: true })), "pool_full");
    assert.equal(broker.waiterCount, 0);
  });

  it("does not wait for what no time mends", async () => {
    const { broker } = await fullBroker(1);
    await refusal(broker.acquire(waiting({ pool: "nothing" })), "pool_not_found");
    const mustHave = { preferredPort: 30_000, portMustMatch: true };
    await refusal(broker.acquire(waiting(mustHave)), "port_out_of_range");
    assert.equal(broker.waiterCount, 0);
  });

  it("serves in order of arrival", async () => {
    const fixture = await fullBroker(2);
    const outcomes = new Outcomes();
    for (const name of ["a", "b", "c"]) outcomes.follow(name, fixture.broker.acquire(waiting()));
    await settle();
    await release(fixture, fixture.grants[1]);
    assert.deepEqual(outcomes.order, ["a"]);
    await release(fixture, fixture.grants[0]);
    assert.deepEqual(outcomes.order, ["a", "b"]);
  });

  it("looks at the line before a new arrival when a rest is over", async () => {
    const fixture = await fullBroker(1, { policy: { quarantineMs: 5_000 } });
    const outcomes = new Outcomes();
    outcomes.follow("first", fixture.broker.acquire(waiting()));
    await release(fixture, ...fixture.grants);
    fixture.clock.advance(5_000);
    // Nobody called `advance` yet: the port is free, and only this request looks.
    await refusal(fixture.broker.acquire(request()), "pool_full");
    await settle();
    assert.deepEqual(outcomes.order, ["first"]);
  });

  it("serves when a rest is over without anybody asking", async () => {
    const fixture = await fullBroker(1, { policy: { quarantineMs: 5_000 } });
    const acquire = fixture.broker.acquire(waiting());
    await release(fixture, ...fixture.grants);
    fixture.clock.advance(fixture.broker.advance() ?? 0);
    fixture.broker.advance();
    assert.equal((await acquire).waitMs, 5_000);
  });

  it("ends with the same error as without waiting, which says how long it was", async () => {
    const { broker, clock } = await fullBroker(1, { policy: { ttlDefaultMs: 60_000 } });
    const refused = refusal(broker.acquire(waiting()), "pool_full");
    await settle();
    assert.equal(broker.advance(), maxWaitMs);
    clock.advance(maxWaitMs - 1);
    broker.advance();
    assert.equal(broker.waiterCount, 1);
    clock.advance(1);
    broker.advance();
    const { details } = await refused;
    assert.equal(details.metadata?.["waited_ms"], String(maxWaitMs));
    assert.equal(details.metadata?.["leased"], "1");
    assert.equal(broker.waiterCount, 0);
  });

  it("waits for the very port that must be had, and lets others pass", async () => {
    const fixture = await fullBroker(3);
    const outcomes = new Outcomes();
    const mustHave = { preferredPort: 20_002, portMustMatch: true };
    outcomes.follow("must", fixture.broker.acquire(waiting(mustHave)));
    outcomes.follow("any", fixture.broker.acquire(waiting()));
    outcomes.follow("later", fixture.broker.acquire(waiting()));
    await settle();
    await release(fixture, fixture.grants[0]);
    assert.deepEqual(outcomes.order, ["any"]);
    await release(fixture, fixture.grants[2]);
    assert.deepEqual(outcomes.order, ["any", "must"]);
    assert.equal(outcomes.ports.get("must"), 20_002);
  });

  it("refuses those in line when the broker stops", async () => {
    const { broker } = await fullBroker(1);
    const refused = refusal(broker.acquire(waiting()), "stopping");
    await settle();
    await broker.stop();
    await refused;
    assert.equal(broker.waiterCount, 0);
  });

  it("refuses more than the line may have", async function () {
    this.timeout(20_000);
    const { broker } = await fullBroker(1);
    const outcomes = new Outcomes();
    for (let count = 0; count < 10_000; count += 1) {
      outcomes.follow(String(count), broker.acquire(waiting()));
    }
    const { details } = await refusal(broker.acquire(waiting()), "line_full");
    assert.equal(details.metadata?.["waiters_max"], "10000");
    await broker.stop();
  });
});

describe("Waiting in line for a run of ports", () => {
  it("neither stops requests for one port nor is passed by them for ever", async () => {
    const fixture = await fullBroker(4, { policy: { ttlDefaultMs: 3_600_000 } });
    const { broker, clock } = fixture;
    const grants = [...fixture.grants];
    const outcomes = new Outcomes();
    outcomes.follow("run", broker.acquire(waiting({ portCount: 2, maxWaitMs: 3_600_000 })));
    await settle();
    let passed = 0;
    // Somebody always asks for one port, and one of the first is always released.
    for (; passed < 100 && !outcomes.order.includes("run"); passed += 1) {
      await release(fixture, grants.shift());
      const next = await broker.acquire(request()).catch(() => null);
      if (next === null) break;
      grants.push(next);
    }
    assert.equal(passed, 16);
    // The line is closed: the port is kept, and the next free one makes the run.
    const { details } = await refusal(broker.acquire(request()), "pool_full");
    assert.equal(details.retryAfterMs, 10_000);
    outcomes.follow("single", broker.acquire(waiting()));
    const neighbour = grants.find(({ lease }) => lease.record.ports.firstPort === 20_001);
    await release(fixture, neighbour);
    assert.deepEqual(outcomes.order, ["run"]);
    clock.advance(0);
  });

  it("holds nobody up for longer than 10 s at a time", async () => {
    const fixture = await fullBroker(4, { policy: { ttlDefaultMs: 3_600_000 } });
    const { broker, clock } = fixture;
    const outcomes = new Outcomes();
    outcomes.follow("run", broker.acquire(waiting({ portCount: 2, maxWaitMs: 3_600_000 })));
    let [grant] = fixture.grants;
    for (let count = 0; count < 16; count += 1) {
      await release(fixture, grant);
      grant = await broker.acquire(request());
    }
    await release(fixture, grant);
    outcomes.follow("single", broker.acquire(waiting({ maxWaitMs: 60_000 })));
    await settle();
    assert.deepEqual(outcomes.order, []);
    const untilOpenMs = broker.advance();
    assert.ok(untilOpenMs !== null && untilOpenMs > 0 && untilOpenMs <= 10_000);
    clock.advance(untilOpenMs);
    broker.advance();
    await settle();
    assert.deepEqual(outcomes.order, ["single"]);
    assert.notEqual(broker.advance(), 0, "nothing is due");
  });

  it("opens the line when it leaves, by cancellation or by time", async () => {
    for (const leaves of ["cancellation", "time"] as const) {
      const fixture = await fullBroker(4, { policy: { ttlDefaultMs: 3_600_000 } });
      const { broker, clock } = fixture;
      const outcomes = new Outcomes();
      const abort = new AbortController();
      const wish = waiting({ portCount: 2, maxWaitMs: 5_000 });
      outcomes.follow("run", broker.acquire(wish, abort.signal));
      let [grant] = fixture.grants;
      for (let count = 0; count < 16; count += 1) {
        await release(fixture, grant);
        grant = await broker.acquire(request());
      }
      await release(fixture, grant);
      outcomes.follow("single", broker.acquire(waiting({ maxWaitMs: 60_000 })));
      await settle();
      assert.deepEqual(outcomes.order, []);
      if (leaves === "time") {
        clock.advance(5_000);
        broker.advance();
      } else {
        abort.abort();
      }
      await settle();
      const ended = leaves === "time" ? "run pool_full" : "run cancelled";
      assert.deepEqual(outcomes.order.toSorted(), [ended, "single"]);
    }
  });
});

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
    const fixture = await fullBroker(1);
    const { broker, store, grants } = fixture;
    const outcomes = new Outcomes();
    outcomes.follow("a", broker.acquire(waiting()));
    outcomes.follow("b", broker.acquire(waiting()));
    await settle();
    const [held] = grants;
    assert.ok(held !== undefined);
    await broker.release(held.lease.record.leaseId, held.lease.holderKey, false);
    store.failure = "before";
    await settle();
    assert.deepEqual(outcomes.order, ["a store_unavailable"]);
    store.failure = "none";
    broker.advance();
    await settle();
    assert.deepEqual(outcomes.order, ["a store_unavailable", "b"]);
  });
});
