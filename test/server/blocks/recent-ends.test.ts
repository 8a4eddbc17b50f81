import assert from "node:assert/strict";
import { readRecentEnds } from "#server/blocks/recent-ends.js";
import type { Change, SealedChange } from "#server/domain/records.js";
import { ended, sampleLease, sampleWallMs } from "../../support/store-samples.js";

describe("What is read of leases that ended before a restart", () => {
  const checkpoint: Change = { type: "lease_checkpointed", lease: sampleLease(1) };
  const withinMs = 60_000;
  let changes: SealedChange[];
  let baseRevision: number;
  let reads: number;

  beforeEach(() => {
    changes = [];
    baseRevision = 0;
    reads = 0;
  });

  function add(change: Change, agoMs: number): void {
    const wallMs = sampleWallMs - agoMs;
    changes.push({ revision: changes.length + 1, wallMs, change });
  }

  function addCheckpoints(count: number, agoMs: number): void {
    for (let made = 0; made < count; made += 1) add(checkpoint, agoMs);
  }

  async function read(): Promise<readonly number[]> {
    const history = {
      readChanges: (afterRevision: number, countMax: number) => {
        reads += 1;
        const from = Math.max(afterRevision, baseRevision);
        return Promise.resolve({ baseRevision, changes: changes.slice(from, from + countMax) });
      },
    };
    const time = { revision: changes.length, nowWallMs: sampleWallMs, withinMs };
    return (await readRecentEnds(history, time)).map(({ lease }) => lease.generation);
  }

  it("is every end within the longest quarantine, whatever else was written since (promise 5)", async () => {
    add(ended(sampleLease(7)), withinMs - 1);
    add(ended(sampleLease(8)), 2_000);
    // As an orderly stop writes for leases that were not renewed.
    addCheckpoints(60_000, 1_000);
    add(ended(sampleLease(9)), 0);
    assert.deepEqual(await read(), [7, 8, 9]);
  });

  it("goes no further back than that, but for what is read at once", async () => {
    add(ended(sampleLease(7)), withinMs + 2);
    addCheckpoints(20_000, withinMs + 1);
    add(ended(sampleLease(8)), withinMs + 1);
    assert.deepEqual(await read(), [8]);
    assert.equal(reads, 1);
  });

  it("begins where history does", async () => {
    add(ended(sampleLease(7)), 0);
    add(ended(sampleLease(8)), 0);
    addCheckpoints(12_000, 0);
    add(ended(sampleLease(9)), 0);
    baseRevision = 1;
    assert.deepEqual(await read(), [8, 9]);
    changes = [];
    assert.deepEqual(await read(), []);
  });

  it("is bounded, whatever the wall clock says", async () => {
    addCheckpoints(250_000, -withinMs);
    await read();
    assert.equal(reads, 20);
  });
});
