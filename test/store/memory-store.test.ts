import assert from "node:assert/strict";
import { MemoryStore } from "#server/store/memory-store.js";
import { grants } from "../support/store-samples.js";
import { describeLeaseStore } from "./store-contract.js";

describeLeaseStore("MemoryStore", async () => {
  const store = new MemoryStore();
  return {
    store,
    reopen: async () => {
      await store.close();
      return store;
    },
  };
});

describe("MemoryStore with scripted failures", () => {
  for (const [when, landed] of [
    ["before", 0],
    ["after", 2],
  ] as const) {
    it(`fails a commit ${when} it lands and is indeterminate until it was loaded`, async () => {
      const store = new MemoryStore();
      store.failNextCommit(when);
      await assert.rejects(store.commit(grants(0, 2)), { code: "DISK_FULL" });
      await assert.rejects(store.commit(grants(landed, 1)), { code: "STORE_FAILED" });
      const state = await store.load();
      assert.equal(state.revision, landed);
      assert.equal(state.leases.length, landed);
      await store.commit(grants(landed, 1));
    });
  }

  it("fails probes and loads as often as told", async () => {
    const store = new MemoryStore();
    store.failNextProbes(1);
    store.failNextLoads(1);
    await assert.rejects(store.probe(), { code: "DISK_FULL" });
    await assert.rejects(store.load(), { code: "STORE_FAILED" });
    await store.probe();
    await store.load();
  });

  it("shows the changes that landed", async () => {
    const store = new MemoryStore({ firstRevision: 10 });
    const changes = grants(10, 2);
    await store.commit(changes);
    assert.deepEqual(store.changes, changes);
  });
});
