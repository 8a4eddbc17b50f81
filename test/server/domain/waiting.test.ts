import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { request, settle } from "../../support/broker-fixture.js";
import { fullBroker, maxWaitMs, Outcomes, release, waiting } from "../../support/full-broker.js";

describe("Waiting in line", () => {
  it("gives the port to the first in line when its lease ends, and counts the wait (semantics 6)", async () => {
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
    this.timeout(120_000);
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
      assert.deepEqual(new Set(outcomes.order), new Set([ended, "single"]));
    }
  });
});
