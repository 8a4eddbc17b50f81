// Watches when their readers are slow and when the store fails: nothing is missed, nothing is made up, nothing piles up.

import assert from "node:assert/strict";
import { request as newRequest } from "../support/broker-fixture.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { inShort, longLabels, WatchCaller } from "../support/watch-caller.js";

describe("A watch in trouble", () => {
  let imaginary: ImaginaryBroker;
  afterEach(() => imaginary.stop());

  const watch = (request: ConstructorParameters<typeof WatchCaller>[1] = {}): WatchCaller =>
    new WatchCaller(imaginary.caller, request);
  const comeAndGo = async (times: number): Promise<void> => {
    for (let count = 0; count < times; count += 1) {
      await imaginary.caller.release(
        await imaginary.caller.acquire({ holder: { labels: longLabels } }),
      );
    }
  };

  for (const [what, watchLimits] of [
    ["in number", { changesMax: 40 }],
    ["in bytes", { bytesMax: 400_000 }],
  ] as const) {
    it(`is ended when its reader falls behind by more than is kept ${what}, and goes on where it ended`, async () => {
      imaginary = await startImaginaryBroker({ watchLimits });
      const slow = watch();
      const quick = watch();
      await slow.snapshot();
      await quick.snapshot();
      slow.pause();
      await comeAndGo(100);
      await eventually("the slow one is given up", () => imaginary.watches.size === 1);
      assert.equal((await quick.events(200)).at(-1)?.revision, 200n);
      slow.resume();
      const failure = await slow.ended;
      assert.equal(failure?.codeName, "RESOURCE_EXHAUSTED");
      assert.equal(failure.reason, "READER_TOO_SLOW");
      const last = Number(failure.details.errorInfo?.metadata["last_revision"]);
      assert.ok(last > 0 && last < 200, `ended after ${last}`);
      const before = await slow.events(last);
      const after = await watch({ startRevision: BigInt(last + 1) }).events(200 - last);
      assert.deepEqual(
        [...before, ...after].map(({ revision }) => Number(revision)),
        Array.from({ length: 200 }, (_, index) => index + 1),
      );
    });
  }

  it("is ended when its reader falls behind already within the snapshot, which cannot be gone on from", async () => {
    // More parts than the connection and the stream hold.
    const portCount = 2_500;
    const holder = { service: "", instance: "", labels: longLabels, process: null };
    imaginary = await startImaginaryBroker({ portCount, watchLimits: { changesMax: 40 } });
    for (let count = 0; count < portCount - 8; count += 1) {
      await imaginary.broker.acquire(newRequest({ holder }));
    }
    const slow = watch();
    slow.pause();
    await eventually("the watch is open", () => imaginary.watches.size === 1);
    await comeAndGo(30);
    await eventually("it is given up", () => imaginary.watches.size === 0);
    slow.resume();
    const failure = await slow.ended;
    assert.equal(failure?.reason, "READER_TOO_SLOW");
    assert.match(failure.text, /again from start_revision 0/);
    assert.equal(failure.details.errorInfo?.metadata["last_revision"], undefined);
  });

  it("may be as slow as it likes while it catches up from disk", async () => {
    imaginary = await startImaginaryBroker({ watchLimits: { changesMax: 40 } });
    await comeAndGo(150);
    const late = watch({ startRevision: 1n });
    late.pause();
    await eventually("the watch is open", () => imaginary.watches.size === 1);
    await comeAndGo(50);
    late.resume();
    const events = await late.events(400);
    assert.deepEqual(
      events.map(({ revision }) => Number(revision)),
      Array.from({ length: 400 }, (_, index) => index + 1),
    );
  });

  for (const outcome of ["before", "after"] as const) {
    it(`ends when a commit fails ${outcome} it landed, and resumes with just what is on disk`, async () => {
      imaginary = await startImaginaryBroker();
      const { store, broker, caller, clock } = imaginary;
      await caller.acquire();
      const watcher = watch();
      const { revision } = await watcher.snapshot();
      store.failNextCommit(outcome, "STORE_FAILED");
      await assert.rejects(caller.acquire(), { reason: "STORE_UNAVAILABLE" });
      const failure = await watcher.ended;
      assert.equal(failure?.codeName, "UNAVAILABLE");
      assert.equal(failure.reason, "STORE_UNAVAILABLE");
      assert.equal(failure.details.errorInfo?.metadata["last_revision"], String(revision));
      // Not known yet what is on disk, so nothing is told, neither from a revision on nor as a snapshot.
      for (const startRevision of [0n, BigInt(revision + 1)]) {
        assert.equal((await watch({ startRevision }).ended)?.reason, "STORE_UNAVAILABLE");
      }
      clock.advance(1_000);
      await eventually("the store is back", () => {
        broker.advance();
        return broker.readOnlyReason === null;
      });
      const resumed = watch({ startRevision: BigInt(revision + 1) });
      await eventually("the watch is open", () => imaginary.watches.size === 1);
      await caller.acquire({ holder: { service: "later" } });
      const events = [await resumed.nextEvent()];
      while (events.at(-1)?.lease?.holder?.service !== "later") {
        events.push(await resumed.nextEvent());
      }
      const told = events.map(({ revision: number }) => Number(number));
      const onDisk = store.changes.map((change) => change.revision).filter((n) => n > revision);
      assert.deepEqual(told, onDisk);
      assert.equal(told.length, outcome === "after" ? 2 : 1);
      const { leases } = await watch().snapshot();
      assert.equal(leases.length, imaginary.broker.leaseCount);
    });
  }

  it("misses no change of a lease that ended while its TTL was being changed", async () => {
    imaginary = await startImaginaryBroker();
    const watcher = watch();
    await watcher.snapshot();
    const lease = await imaginary.caller.acquire();
    await Promise.allSettled([
      imaginary.caller.renew({ ...lease, ttl: { seconds: 60n, nanos: 0 } }),
      imaginary.caller.release(lease),
    ]);
    const { changes } = imaginary.store;
    const events = await watcher.events(changes.length);
    assert.deepEqual(
      events.map(({ revision }) => Number(revision)),
      changes.map(({ revision }) => revision),
    );
    assert.equal(events.map(inShort).at(-1), "ENDED 20000");
  });

  it("shares what it sends with 200 others: all get everything, in order", async () => {
    imaginary = await startImaginaryBroker();
    const watchers = Array.from({ length: 200 }, () => watch());
    await Promise.all(watchers.map((watcher) => watcher.snapshot()));
    for (let count = 0; count < 10; count += 1) {
      await imaginary.caller.release(await imaginary.caller.acquire());
    }
    const expected = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const watcher of watchers) {
      const events = await watcher.events(20);
      assert.deepEqual(
        events.map(({ revision }) => Number(revision)),
        expected,
      );
    }
    for (const watcher of watchers) watcher.cancel();
    await eventually("all are gone", () => imaginary.watches.size === 0);
  });
});
