// Random histories: whatever was committed, in whatever batches, and however often the store was closed or read again, it holds
// what a simple model holds.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Change } from "#server/domain/records.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { anyChange } from "../support/any-change.js";
import { modelOf, ordered, sealed } from "../support/store-samples.js";
import { openStore } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

type Step = { readonly commit: readonly Change[] } | "reload" | "reopen";

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.array(anyChange, { maxLength: 8 }).map((commit) => ({ commit })) },
    { weight: 1, arbitrary: fc.constant("reload" as const) },
    { weight: 1, arbitrary: fc.constant("reopen" as const) },
  ),
  { maxLength: 12 },
);

describe("a store with a random history", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();

  it("holds what the model holds", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const directory = makeDirectory();
        const memory = new MemoryStore();
        let store = await openStore(directory);
        try {
          const { revision } = await store.load();
          const done: Change[] = [];
          for (const step of history) {
            if (step === "reload") {
              assert.deepEqual(ordered(await store.load()), modelOf(done));
            } else if (step === "reopen") {
              await store.close();
              store = await openStore(directory);
            } else {
              await store.commit(sealed(revision + done.length, ...step.commit));
              await memory.commit(sealed(done.length, ...step.commit));
              done.push(...step.commit);
            }
          }
          const state = await store.load();
          assert.equal(state.revision, revision + done.length);
          assert.deepEqual(ordered(state), modelOf(done));
          assert.deepEqual(ordered(await memory.load()), modelOf(done));
        } finally {
          await store.close();
        }
      }),
      { numRuns: 20 },
    );
  });
});
