// WatchLeases over real gRPC on an imaginary host: snapshots, changes, resuming, bookmarks, limits and ends.

import assert from "node:assert/strict";
import { LeaseEndReason, Lease_State } from "@portlease/proto/portlease/v1/lease.js";
import { request as newRequest } from "../support/broker-fixture.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { fromMs } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { inShort, longLabels, WatchCaller } from "../support/watch-caller.js";

describe("WatchLeases", () => {
  let imaginary: ImaginaryBroker;
  afterEach(() => imaginary.stop());

  const start = async (options: Parameters<typeof startImaginaryBroker>[0] = {}): Promise<void> => {
    imaginary = await startImaginaryBroker(options);
  };
  const watch = (request: ConstructorParameters<typeof WatchCaller>[1] = {}): WatchCaller =>
    new WatchCaller(imaginary.caller, request);

  it("sends an empty snapshot of an empty broker, and then what happens", async () => {
    await start();
    const watcher = watch();
    assert.deepEqual(await watcher.snapshot(), { leases: [], revision: 0, parts: 1 });
    const { caller } = imaginary;
    const lease = await caller.acquire({ holder: { service: "orders" } });
    await caller.renew(lease);
    await caller.renew({ ...lease, ttl: fromMs(60_000) });
    await caller.release(lease);
    const events = await watcher.events(3);
    assert.deepEqual(events.map(inShort), ["GRANTED 20000", "TTL_CHANGED 20000", "ENDED 20000"]);
    assert.deepEqual(
      events.map(({ revision }) => revision),
      [1n, 2n, 3n],
      "a plain renewal makes no event",
    );
    const last = events.at(-1)?.lease;
    assert.equal(last?.state, Lease_State.STATE_ENDED);
    assert.equal(last?.endReason, LeaseEndReason.LEASE_END_REASON_RELEASED);
    assert.equal(last?.holder?.service, "orders");
  });

  it("sends a large snapshot in parts of bounded size", async () => {
    await start({ portCount: 250 });
    for (let count = 0; count < 250; count += 1) await imaginary.caller.acquire();
    const { leases, revision, parts } = await watch().snapshot();
    assert.equal(new Set(leases.map(({ leaseId }) => leaseId)).size, 250);
    assert.equal(revision, 250);
    assert.equal(parts, 8);
  });

  it("sends what is committed while the snapshot is under way after it", async () => {
    // More parts than the connection and the stream hold, so that the last ones are made after the changes.
    const leaseCount = 2_500;
    await start({ portCount: leaseCount + 10 });
    const { broker, caller } = imaginary;
    const held = [];
    for (let count = 0; count < leaseCount; count += 1)
      held.push(await broker.acquire(longRequest));
    const watcher = watch();
    watcher.pause();
    await eventually("the watch is open", () => imaginary.watches.size === 1);
    await caller.list();
    const gone = held.slice(-3);
    for (const { lease } of gone) {
      await broker.release(lease.record.leaseId, lease.holderKey, false);
    }
    const added = await broker.acquire(longRequest);
    const changed = held.at(-10)?.lease ?? added.lease;
    await broker.renew(changed.record.leaseId, changed.holderKey, 60_000);
    watcher.resume();
    const { leases, revision } = await watcher.snapshot();
    assert.equal(revision, leaseCount);
    assert.deepEqual(
      leases.map(({ leaseId }) => leaseId),
      held.map(({ lease }) => lease.record.leaseId),
    );
    assert.ok(
      leases.every((lease) => Number(lease.revision) <= revision),
      "as they were then",
    );
    const events = await watcher.events(5);
    assert.deepEqual(
      events.map((event) => [Number(event.revision) - leaseCount, event.lease?.leaseId]),
      [...gone, added, { lease: changed }].map(({ lease }, index) => [
        index + 1,
        lease.record.leaseId,
      ]),
    );
  });

  it("shows a lease whose end is on its way in the snapshot, and its end after it", async () => {
    await start();
    const lease = await imaginary.caller.acquire();
    // Over, and its end was not written yet.
    imaginary.clock.advance(lease.ttlMs + 1);
    const watcher = watch();
    assert.equal((await watcher.snapshot()).leases.length, 1);
    imaginary.broker.advance();
    assert.equal(inShort(await watcher.nextEvent()), "ENDED 20000");
  });

  for (const readsPortions of [false, true]) {
    it(`goes on from a revision out of history${readsPortions ? ", read in portions," : ""} into what happens`, async () => {
      await start();
      const count = readsPortions ? 300 : 3;
      for (let index = 0; index < count; index += 1) {
        const lease = await imaginary.caller.acquire();
        await imaginary.caller.release(lease);
      }
      const watcher = watch({ startRevision: 2n });
      const first = await watcher.nextEvent();
      assert.equal(inShort(first), "ENDED 20000");
      // Changes go on while history is read.
      for (let index = 0; index < 20; index += 1) await imaginary.caller.acquire().catch(() => 0);
      const rest = await watcher.events(2 * count - 2 + 8);
      assert.deepEqual(
        [first, ...rest].map(({ revision }) => Number(revision)),
        Array.from({ length: 2 * count + 7 }, (_, index) => index + 2),
      );
    });
  }

  it("tells the same of a change out of history as of a live one", async () => {
    await start();
    const live = watch();
    await live.snapshot();
    const lease = await imaginary.caller.acquire({ holder: { labels: { zone: "a" } } });
    await imaginary.caller.renew({ ...lease, ttl: fromMs(60_000) });
    await imaginary.caller.release(lease);
    const late = watch({ startRevision: 1n });
    assert.deepEqual(await late.events(3), await live.events(3));
  });

  it("goes on after the last revision without any event in between", async () => {
    await start();
    await imaginary.caller.acquire();
    const watcher = watch({ startRevision: 2n });
    await eventually("the watch is open", () => imaginary.watches.size === 1);
    await imaginary.caller.acquire();
    assert.equal((await watcher.nextEvent()).revision, 2n);
  });

  it("refuses a revision that is no longer kept, with the oldest one, and takes the oldest one", async () => {
    await start();
    for (let count = 0; count < 4; count += 1) await imaginary.caller.acquire();
    imaginary.store.forgetChanges(2);
    const failure = await watch({ startRevision: 2n }).ended;
    assert.equal(failure?.codeName, "OUT_OF_RANGE");
    assert.equal(failure.reason, "REVISION_COMPACTED");
    assert.equal(failure.details.errorInfo?.metadata["oldest_revision"], "3");
    assert.equal((await watch({ startRevision: 3n }).nextEvent()).revision, 3n);
  });

  it("refuses a revision that lies ahead", async () => {
    await start();
    await imaginary.caller.acquire();
    const failure = await watch({ startRevision: 3n }).ended;
    assert.equal(failure?.codeName, "OUT_OF_RANGE");
    assert.equal(failure.reason, "REVISION_AHEAD");
    assert.equal(failure.details.errorInfo?.metadata["revision"], "1");
    const absurd = await watch({ startRevision: 2n ** 63n }).ended;
    assert.equal(absurd?.reason, "FIELD_INVALID");
  });

  it("sends only what the filter matches, in the snapshot, live and out of history", async () => {
    await start();
    const acquire = (service: string) => imaginary.caller.acquire({ holder: { service } });
    await acquire("orders");
    await acquire("billing");
    const filter = 'service = "bill*"';
    const live = watch({ filter });
    const { leases } = await live.snapshot();
    assert.deepEqual(
      leases.map(({ holder }) => holder?.service),
      ["billing"],
    );
    await acquire("orders");
    await acquire("billing");
    assert.equal((await live.nextEvent()).revision, 4n);
    const late = watch({ filter, startRevision: 1n });
    const events = await late.events(2);
    assert.deepEqual(
      events.map(({ revision }) => revision),
      [2n, 4n],
    );
  });

  it("refuses a filter by what changes while a lease lives, and one that cannot be read", async () => {
    await start();
    for (const filter of ["binding = BOUND", "service = a AND ttl > 30s", "nonsense = 1", "("]) {
      const failure = await watch({ filter }).ended;
      assert.equal(failure?.reason, "FIELD_INVALID", filter);
      assert.equal(failure.codeName, "INVALID_ARGUMENT");
    }
  });

  it("sends bookmarks while nothing else is sent, also when only others' leases change", async () => {
    await start();
    const watcher = watch({ filter: "service = none", bookmarkInterval: fromMs(1_000) });
    await watcher.snapshot();
    const { clock, watches } = imaginary;
    clock.advance(999);
    assert.equal(watches.advance(), 1);
    await imaginary.caller.acquire();
    await eventually("the change has passed by", () => {
      clock.advance(1);
      return watches.advance() === 1_000;
    });
    assert.equal(await watcher.nextBookmark(), 1);
    clock.advance(999);
    assert.equal(watches.advance(), 1);
  });

  it("sends no bookmark sooner than asked after something else was sent", async () => {
    await start();
    const watcher = watch({ bookmarkInterval: fromMs(2_000) });
    await watcher.snapshot();
    imaginary.clock.advance(1_500);
    await imaginary.caller.acquire();
    await watcher.nextEvent();
    imaginary.clock.advance(600);
    assert.equal(imaginary.watches.advance(), 1_400);
  });

  it("refuses bookmarks closer than a second and rarer than an hour", async () => {
    await start();
    for (const interval of [999, 3_600_001]) {
      const failure = await watch({ bookmarkInterval: fromMs(interval) }).ended;
      assert.equal(failure?.reason, "FIELD_INVALID", String(interval));
    }
    const without = watch();
    await without.snapshot();
    assert.equal(imaginary.watches.advance(), null);
  });

  it("serves so many watches and no more, until one of them ends", async () => {
    await start({ watchLimits: { watchersMax: 2 } });
    const first = watch();
    await first.snapshot();
    await watch().snapshot();
    const failure = await failureOf(watch().next());
    assert.equal(failure.codeName, "RESOURCE_EXHAUSTED");
    assert.equal(failure.reason, "TOO_MANY_WATCHERS");
    first.cancel();
    await eventually("the first is over", () => imaginary.watches.size === 1);
    await watch().snapshot();
  });

  it("ends with UNAVAILABLE when the broker stops, saying where to go on", async () => {
    await start();
    await imaginary.caller.acquire();
    const watcher = watch();
    await watcher.snapshot();
    imaginary.watches.stop();
    const failure = await watcher.ended;
    assert.equal(failure?.codeName, "UNAVAILABLE");
    assert.equal(failure.reason, "STOPPING");
    assert.equal(failure.details.errorInfo?.metadata["last_revision"], "1");
    assert.equal((await watch().ended)?.reason, "STOPPING");
  });
});

const longRequest = newRequest({
  holder: { service: "orders", instance: "1", labels: longLabels, process: null },
});
