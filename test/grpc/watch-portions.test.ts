// What of many changes a watch is written at once: what came while it rested, bounded in bytes, and the same for all that ask alike.

import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { setTimeout as passing } from "node:timers/promises";
import { MessageBatch } from "#server/grpc/message-batch.js";
import { RecentChanges, recentLimits } from "#server/grpc/recent-changes.js";
import type { WatchCall } from "#server/grpc/watch.js";
import { WatchRegistry } from "#server/grpc/watch-registry.js";
import { parseWatch } from "#server/grpc/watch-request.js";
import { settle } from "../support/broker-fixture.js";
import { eventually } from "../support/eventually.js";
import { FakeClock } from "../support/fake-clock.js";
import { silentLog } from "../support/silent-log.js";
import { grants, granted, sampleLease, sampleWallMs } from "../support/store-samples.js";

/** A stream that notes what is written to it, and takes it at once, or when it is told to. */
class NotedCall extends Writable {
  readonly request;
  readonly cancelled = false;
  readonly written: (Buffer | MessageBatch<Buffer>)[] = [];
  readonly #takes: "at once" | "when told";
  #take: (() => void) | null = null;

  constructor(takes: "at once" | "when told" = "at once", filter = "") {
    super({ objectMode: true });
    this.#takes = takes;
    this.request = { filter, startRevision: 1n, bookmarkInterval: undefined };
  }

  /** How many messages each write had. */
  get counts(): readonly number[] {
    return this.written.map((each) => (each instanceof MessageBatch ? each.messages.length : 1));
  }

  take(): void {
    const take = this.#take ?? assert.fail("nothing was written");
    this.#take = null;
    take();
  }

  override _write(
    written: Buffer | MessageBatch<Buffer>,
    _: BufferEncoding,
    taken: () => void,
  ): void {
    this.written.push(written);
    if (this.#takes === "at once") taken();
    else this.#take = taken;
  }
}

describe("What a watch is written at once", () => {
  let watches: WatchRegistry;
  let rests: { readonly milliseconds: number; readonly end: () => void }[];
  let revision: number;

  beforeEach(() => {
    rests = [];
    revision = 0;
    const pause = (milliseconds: number): Promise<void> =>
      new Promise((resolve) => rests.push({ milliseconds, end: resolve }));
    watches = new WatchRegistry(silentLog, new FakeClock(), {}, pause);
    watches.loaded(0);
  });

  const open = async (...calls: readonly NotedCall[]): Promise<void> => {
    const sources = {
      broker: { recordedLeases: () => [].values() },
      history: { readChanges: () => assert.fail(), searchChanges: () => assert.fail() },
      clock: new FakeClock(),
    };
    for (const call of calls) watches.serve(call as unknown as WatchCall, sources);
    await settle();
  };
  const commitNow = (count: number, labelLength = 0): void => {
    const changes = Array.from({ length: count }, () => {
      revision += 1;
      const lease = sampleLease(revision);
      const holder = { ...lease.holder, labels: { long: "x".repeat(labelLength) } };
      return { revision, wallMs: sampleWallMs, change: granted({ ...lease, holder }) };
    });
    watches.committed(changes);
  };
  const commit = async (count: number, labelLength = 0): Promise<void> => {
    commitNow(count, labelLength);
    await settle();
  };
  const endRest = async (): Promise<void> => {
    (rests.shift() ?? assert.fail("nobody rests")).end();
    await settle();
  };

  it("is a change alone at once, and then together what came while the watches rested", async () => {
    const call = new NotedCall();
    await open(call);
    await commit(1);
    assert.deepEqual(call.counts, [1]);
    for (let count = 0; count < 5; count += 1) await commit(2);
    assert.deepEqual(call.counts, [1]);
    await endRest();
    assert.deepEqual(call.counts, [1, 10]);
    // Nothing came meanwhile, so the next change is written at once again.
    await endRest();
    assert.deepEqual(rests, []);
    await commit(1);
    assert.deepEqual(call.counts, [1, 10, 1]);
  });

  it("comes after the answers to the callers whose changes these are, those of several batches together", async () => {
    const call = new NotedCall();
    await open(call);
    commitNow(1);
    for (let task = 0; task < 20; task += 1) await Promise.resolve();
    assert.deepEqual(call.counts, []);
    commitNow(2);
    await settle();
    assert.deepEqual(call.counts, [3]);
  });

  it("makes nobody rest where nobody watches", async () => {
    await commit(1);
    assert.deepEqual(rests, []);
  });

  it("is held back by a rest of real time, which ends", async () => {
    watches = new WatchRegistry(silentLog, new FakeClock());
    watches.loaded(0);
    const call = new NotedCall();
    await open(call, ...Array.from({ length: 249 }, () => new NotedCall()));
    // Begins earlier than the rest and is shorter, so it is over before that however slow the machine is.
    const shorter = passing(20).then(() => call.counts);
    await commit(1);
    await commit(1);
    assert.ok((await shorter).length <= 1);
    await eventually("the second change is written", () => call.counts.length === 2);
  });

  it("is the rarer the more watches there are", async () => {
    await open(new NotedCall());
    await commit(1);
    await open(...Array.from({ length: 199 }, () => new NotedCall()));
    await endRest();
    await commit(1);
    assert.deepEqual(
      rests.map(({ milliseconds }) => milliseconds),
      [20],
    );
  });

  it("is the very same for all watches with the same filter, so that it is made once", async () => {
    const all = [new NotedCall(), new NotedCall()];
    const some = [1, 2].map(() => new NotedCall("at once", "service = orders*"));
    const none = new NotedCall("at once", "service = nobody");
    await open(...all, ...some, none);
    await commit(3);
    for (const [one, other] of [all, some]) {
      assert.deepEqual(one?.counts, [3]);
      assert.equal(one.written[0], other?.written[0]);
    }
    assert.deepEqual(none.counts, []);
  });

  it("has what came since another watch asked for the same", () => {
    const recent = new RecentChanges(recentLimits);
    recent.restart(0);
    const all = parseWatch({ filter: "", startRevision: 1n, bookmarkInterval: undefined });
    for (const committed of [1, 2]) {
      recent.add(grants(committed - 1, 1), true);
      assert.equal(recent.portionAfter(0, all).revision, committed);
    }
  });

  it("has bounded bytes, and waits until the reader has taken what was written before", async () => {
    const call = new NotedCall("when told");
    await open(call);
    await commit(40, 20_000);
    assert.deepEqual(call.counts, [3]);
    await endRest();
    await commit(1);
    assert.equal(call.writableLength, 1, "the reader has not taken it");
    while (call.counts.reduce((sum, count) => sum + count) < 41) {
      call.take();
      await settle();
    }
    assert.ok(
      call.counts.every((count) => count <= 3),
      String(call.counts),
    );
  });

  it("is a change alone where it has more bytes than that", async () => {
    const call = new NotedCall();
    await open(call);
    await commit(3, 70_000);
    assert.deepEqual(call.counts, [1, 1, 1]);
  });
});
