// The store fails at one commit of an operator's day, at each of them in turn: afterwards the broker shows what is on disk.

import assert from "node:assert/strict";
import { BlockLab, type LabBroker } from "../../support/block-lab.js";
import { request, settle } from "../../support/broker-fixture.js";

const commitsMax = 60;
const growing = { sizeMax: 24, growBy: 8, shrinkAfterMs: 10_000 };

/** Whatever fails is let fail; the store has time to come back before the next step. */
async function day(lab: BlockLab, { broker, manager, grower }: LabBroker): Promise<void> {
  const steps = [
    () => manager.reserve({ pool: "", firstPort: 31_000, portCount: 4 }),
    () => broker.acquire(request({ preferredPort: 31_001, ttlMs: 60_000 })),
    () => manager.drain("default-tcp-31000", false),
    () => manager.drain("default-tcp-31000", true),
    () => manager.remove("default-tcp-31000", true),
    () => manager.reserve({ pool: "", firstPort: 32_000, portCount: 4 }),
    // Room for a run of four in a new block only.
    () => Promise.allSettled(Array.from({ length: 12 }, () => broker.acquire(request()))),
    () => broker.acquire(request({ portCount: 4 })),
  ];
  for (const step of steps) {
    await Promise.allSettled([step()]);
    for (let count = 0; count < 4; count += 1) {
      lab.clock.advance(3_000);
      broker.advance();
      grower.advance();
      await settle();
    }
  }
}

/** Fails the commit with this number once; returns how many there were. */
function failAt(lab: BlockLab, number: number, failure: "before" | "after"): () => number {
  const commit = lab.store.commit.bind(lab.store);
  let count = 0;
  lab.store.commit = async (batch) => {
    count += 1;
    lab.store.failure = count === number ? failure : "none";
    await commit(batch).finally(() => (lab.store.failure = "none"));
  };
  return () => count;
}

describe("blocks, when the store fails at any commit", () => {
  for (const kind of ["persistent", "runtime"] as const) {
    for (const failure of ["before", "after"] as const) {
      it(`are on disk as they are in memory (${kind}; it fails ${failure} the write)`, async () => {
        for (let number = 1; number < commitsMax; number += 1) {
          const lab = new BlockLab();
          const life = await lab.start([{ kind, start: 20_000, ...growing }]);
          const commits = failAt(lab, number, failure);
          await day(lab, life);
          const shown = life.manager.list().map(({ record }) => [record.blockId, record] as const);
          assert.deepEqual(new Map(shown), await lab.recordsOnDisk(), `commit ${number} failed`);
          if (commits() < number) return;
        }
        assert.fail("there are more commits than were tried");
      });
    }
  }
});
