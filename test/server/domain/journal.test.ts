// Which changes go to disk together: those of one turn of the event loop, whose end comes when the test says so. What happens to
// them when the store fails is in lease-book.test.ts and event-order.test.ts.

import assert from "node:assert/strict";
import { Journal, type JournalEntry } from "#server/domain/journal.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { settle } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { ScriptedStore } from "../../support/scripted-store.js";
import { granted, sampleLease } from "../../support/store-samples.js";

describe("Journal", () => {
  let store: ScriptedStore;
  let journal: Journal;
  let turnEnds: (() => void)[];
  let committed: number[];
  let failures: unknown[];

  beforeEach(async () => {
    store = new ScriptedStore(new MemoryStore());
    turnEnds = [];
    committed = [];
    failures = [];
    const { revision } = await store.load();
    journal = new Journal(
      store,
      new FakeClock(),
      revision,
      (error) => failures.push(error),
      (work) => turnEnds.push(work),
    );
  });

  afterEach(() => assert.deepEqual(failures, []));

  /** A change that is told apart from others by its number. */
  function entry(number: number): JournalEntry {
    return {
      seal: (revision) => granted(sampleLease(number, { revision })),
      committed: () => void committed.push(number),
      failed: (error) => failures.push(error),
    };
  }

  function append(...numbers: readonly number[]): void {
    for (const number of numbers) journal.append(entry(number));
  }

  /** Whoever waits for the end of a turn goes on. */
  async function endTurn(): Promise<void> {
    for (const work of turnEnds.splice(0)) work();
    await settle();
  }

  const batches = (): readonly (readonly number[])[] =>
    store.batches.map((batch) =>
      batch.map(({ change }) => (change.type === "lease_granted" ? change.lease.generation : 0)),
    );

  it("sends what is asked before the end of a turn as one batch, and nothing before it", async () => {
    append(1);
    await settle();
    append(2, 3);
    await settle();
    assert.deepEqual(batches(), []);
    await endTurn();
    assert.deepEqual(batches(), [[1, 2, 3]]);
    assert.deepEqual(committed, [1, 2, 3]);
  });

  it("has no change in a batch that was withdrawn before the end of the turn", async () => {
    const [kept, withdrawn] = [entry(1), entry(2)];
    for (const each of [withdrawn, kept]) journal.append(each);
    assert.equal(journal.withdraw(withdrawn), true);
    await endTurn();
    assert.deepEqual(batches(), [[1]]);
    assert.equal(journal.withdraw(kept), false, "it is too late");
    assert.deepEqual(committed, [1]);
  });

  it("sends nothing where all that was asked is withdrawn, and goes on afterwards", async () => {
    const withdrawn = entry(1);
    journal.append(withdrawn);
    journal.withdraw(withdrawn);
    await endTurn();
    assert.deepEqual(batches(), []);
    append(2);
    await endTurn();
    assert.deepEqual(batches(), [[2]]);
  });

  it("waits for the end of a turn again after a batch, for what came while it was on its way, too", async () => {
    const held = store.hold();
    append(1);
    await endTurn();
    append(2);
    await endTurn();
    assert.deepEqual(batches(), [[1]], "one batch is on its way at a time");
    held.open();
    await settle();
    append(3);
    assert.deepEqual(batches(), [[1]], "the turn in which the batch was told has not ended");
    await endTurn();
    assert.deepEqual(batches(), [[1], [2, 3]]);
    await endTurn();
    append(4);
    await settle();
    assert.deepEqual(batches(), [[1], [2, 3]]);
    await endTurn();
    assert.deepEqual(batches(), [[1], [2, 3], [4]]);
  });

  it("sends no more than a thousand changes as one batch, the others after the next turn", async () => {
    append(...Array.from({ length: 1_001 }, (_, index) => index + 1));
    await endTurn();
    assert.deepEqual(
      batches().map(({ length }) => length),
      [1_000],
    );
    await endTurn();
    assert.deepEqual(batches().at(-1), [1_001]);
  });

  it("is drained when the changes whose turn had not ended are on disk, and at once without any", async () => {
    let drained = false;
    const drain = async (): Promise<void> => {
      await journal.drained();
      drained = true;
    };
    await drain();
    assert.equal(drained, true);
    drained = false;
    append(1);
    const draining = drain();
    await settle();
    assert.equal(drained, false, "the turn has not ended");
    const held = store.hold();
    await endTurn();
    assert.equal(drained, false, "the batch is on its way");
    held.open();
    await settle();
    await endTurn();
    assert.equal(drained, true);
    assert.deepEqual(committed, [1]);
    await draining;
  });
});
