import assert from "node:assert/strict";
import { activeLease } from "#server/domain/active-lease.js";
import type { EventSink } from "#server/domain/boundaries.js";
import { LeaseBook } from "#server/domain/lease-book.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import { PortBlock } from "#server/domain/port-block.js";
import type { LeaseRecord } from "#server/domain/records.js";
import { holderKeys } from "#server/holder-keys.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { refusal } from "../../support/broker-error.js";
import { emptyWorld } from "../../support/audit-world.js";
import { FakeClock } from "../../support/fake-clock.js";
import { FakeReservation } from "../../support/fake-reservation.js";
import { ScriptedStore } from "../../support/scripted-store.js";
import { SeededRandom } from "../../support/seeded-random.js";
import { sampleBlock, sampleLease } from "../../support/store-samples.js";

async function lab(): Promise<{ book: LeaseBook; lease: ActiveLease; store: ScriptedStore }> {
  const clock = new FakeClock();
  const store = new ScriptedStore(new MemoryStore());
  const { brokerSecret } = await store.load();
  const events: EventSink = { publish: () => undefined };
  const keys = holderKeys(brokerSecret);
  const strangers = { findStrangers: () => Promise.resolve([]) };
  const random = new SeededRandom(7);
  const dependencies = { clock, random, keys, store, events, strangers, audit: emptyWorld };
  const nothing = (): void => undefined;
  const book = new LeaseBook(dependencies, [], 0, nothing, nothing);
  const reservation = new FakeReservation(20_000, 1);
  const block = new PortBlock(sampleBlock("b"), reservation, new Set(), clock, events);
  const record = sampleLease(1);
  const lease = activeLease({
    record,
    block,
    holderKey: "",
    deadlineMs: Infinity,
    unrenewedGraceMs: null,
    renewedWallMs: 0,
    told: null,
    warnings: [],
  });
  book.leases.add(lease);
  await book.commit(() => ({ type: "lease_granted", lease: record }));
  return { book, lease, store };
}

function toChange(lease: LeaseRecord) {
  return { type: "lease_checkpointed", lease } as const;
}

describe("LeaseBook: changes of one lease", () => {
  it("build on each other when they go to disk together", async () => {
    const { book, lease, store } = await lab();
    await Promise.all([
      book.changeLease(lease, () => ({ ttlMs: 77_000 }), toChange),
      book.changeLease(lease, () => ({ remainingMs: 5 }), toChange),
    ]);
    assert.equal(store.batches.length, 2);
    const [stored] = (await store.load()).leases;
    assert.deepEqual(stored, { ...sampleLease(1), ttlMs: 77_000, remainingMs: 5, revision: 3 });
    assert.deepEqual(lease.record, stored);
  });

  it("are in memory only when they are on disk", async () => {
    const { book, lease, store } = await lab();
    const gate = store.hold();
    const change = book.changeLease(lease, () => ({ remainingMs: 5 }), toChange);
    await Promise.resolve();
    assert.equal(lease.record.remainingMs, null);
    gate.open();
    await change;
    assert.equal(lease.record.remainingMs, 5);
  });

  it("are refused once the lease is ending: nothing may follow its end to disk", async () => {
    const { book, lease, store } = await lab();
    lease.ending = { reason: "released", done: new Promise(() => undefined) };
    const change = book.changeLease(lease, () => ({ remainingMs: 5 }), toChange);
    await refusal(change, "lease_not_found");
    assert.equal(store.batches.length, 1);
  });
});
