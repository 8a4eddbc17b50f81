// History as both stores keep it: what a search finds, and how much of the past is kept.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Change } from "#server/domain/records.js";
import type { ChangeSearch, LeaseHistory } from "#server/domain/lease-history.js";
import type { LeaseStore } from "#server/domain/boundaries.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { openSqliteStore, type SqliteStoreOptions } from "#server/store/sqlite-store.js";
import { anyLease } from "../support/any-filter.js";
import {
  ended,
  granted,
  grants,
  sampleBlock,
  sampleLease,
  sampleWallMs,
  sealed,
} from "../support/store-samples.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const everything: ChangeSearch = {
  port: null,
  leaseId: null,
  service: null,
  fromWallMs: null,
  toWallMs: null,
};

const anyLeaseChange: fc.Arbitrary<Change> = fc.oneof(
  anyLease.map(granted),
  anyLease.map((lease) => ended(lease)),
  anyLease.map((lease): Change => ({ type: "lease_ttl_changed", lease })),
  anyLease.map((lease): Change => ({ type: "lease_checkpointed", lease })),
  anyLease.map((lease): Change => ({ type: "lease_observed", aspect: "binding", lease })),
  fc.constant<Change>({ type: "block_changed", block: sampleBlock("a") }),
);

/** Each criterion every other time. */
const half = { freq: 1 } as const;
const time = fc.nat(150).map((ms) => sampleWallMs + ms);
const anySearch: fc.Arbitrary<ChangeSearch> = fc.record({
  port: fc.option(fc.integer({ min: 20_000, max: 20_012 }), half),
  leaseId: fc.option(
    fc.integer({ min: 1, max: 1_000 }).map((number) => `lease-${number}`),
    { freq: 1 },
  ),
  service: fc.option(fc.constantFrom("orders", 'say "hi"', "back\\slash", ""), half),
  fromWallMs: fc.option(time, half),
  toWallMs: fc.option(time, half),
});

/** All that a search finds, and in how many reads. */
async function findAll(history: LeaseHistory, search: ChangeSearch, countMax: number) {
  const revisions: number[] = [];
  let after = 0;
  for (let reads = 1; ; reads += 1) {
    const found = await history.searchChanges(search, after, countMax);
    assert.ok(found.changes.length <= countMax);
    revisions.push(...found.changes.map(({ revision }) => revision));
    if (found.complete) return { revisions, reads, oldestWallMs: found.oldestWallMs };
    assert.ok(found.searchedTo > after, "the search gets on");
    after = found.searchedTo;
  }
}

describe("History", () => {
  const makeDirectory = temporaryDirectories();
  const open = (options: Partial<SqliteStoreOptions> = {}) =>
    openSqliteStore({
      directory: makeDirectory(),
      wallClock: { wallMs: () => sampleWallMs },
      ...options,
    });

  for (const [name, make] of [
    ["memory", async (): Promise<LeaseStore & LeaseHistory> => new MemoryStore()],
    ["SQLite", async (): Promise<LeaseStore & LeaseHistory> => open()],
  ] as const) {
    it(`in ${name} finds just the changes that a naive look finds`, async () => {
      const store = await make();
      const [changes = []] = fc.sample(
        fc.array(anyLeaseChange, { minLength: 300, maxLength: 300 }),
        { numRuns: 1, seed: 5 },
      );
      const { revision } = await store.load();
      const all = sealed(revision, ...changes);
      await store.commit(all);
      const searches = fc.sample(anySearch, { numRuns: 100, seed: 6 });
      let hits = 0;
      for (const search of [everything, ...searches]) {
        const expected = all
          .filter(({ change, wallMs }) => {
            const lease =
              "lease" in change ? change.lease : "ended" in change ? change.ended.lease : null;
            if (lease === null || change.type === "lease_checkpointed") return false;
            const { port, leaseId, service, fromWallMs, toWallMs } = search;
            const { firstPort, lastPort } = lease.ports;
            return (
              (port === null || (firstPort <= port && port <= lastPort)) &&
              [lease.leaseId, null].includes(leaseId) &&
              [lease.holder.service, null].includes(service) &&
              wallMs >= (fromWallMs ?? -Infinity) &&
              wallMs < (toWallMs ?? Infinity)
            );
          })
          .map((change) => change.revision);
        hits += expected.length;
        assert.deepEqual((await findAll(store, search, 1_000)).revisions, expected);
        assert.deepEqual((await findAll(store, search, 7)).revisions, expected);
      }
      assert.ok(hits > 400, "the searches found something");
      await store.close();
    });
  }

  it("is searched in portions between which commits get their turn", async () => {
    const store = await open();
    const { revision } = await store.load();
    await store.commit(grants(revision, 7_000));
    const nobody = { ...everything, service: "nobody" };
    assert.equal((await findAll(store, nobody, 10)).reads, 4);
    const first = await store.searchChanges(nobody, 0, 10);
    assert.equal(first.searchedTo, revision + 2_000);
    assert.equal(first.complete, false);
    await store.close();
  });

  it("says when its oldest change was, and nothing when there is none", async () => {
    const store = await open({ changesRetainedMax: 3 });
    const { revision } = await store.load();
    assert.equal((await findAll(store, everything, 10)).oldestWallMs, null);
    for (let count = 0; count < 5; count += 1) {
      await store.commit([at(revision + 1 + count, sampleWallMs + count * 1_000)]);
    }
    assert.equal((await findAll(store, everything, 10)).oldestWallMs, sampleWallMs + 2_000);
    await store.close();
  });

  it("keeps as much as it is told while it is open, also over a load", async () => {
    const store = await open({ changesRetainedMax: 1_000 });
    const { revision } = await store.load();
    await store.commit(grants(revision, 8));
    await store.retain({ changesRetainedMax: 3 });
    await store.commit(grants(revision + 8, 1));
    assert.equal((await store.readChanges(0, 10)).changes.length, 3);
    await store.load();
    await store.commit(grants(revision + 9, 1));
    assert.equal((await store.readChanges(0, 10)).changes.length, 3);
    await store.close();
  });

  describe("by age", () => {
    const hourMs = 3_600_000;
    /** Commits one change an hour, from the sample time on; returns which hours are still there. */
    async function hoursLeft(
      hours: readonly number[],
      ageMaxHours: number,
      directory = makeDirectory(),
    ) {
      const store = await open({ directory, changesAgeMaxMs: ageMaxHours * hourMs });
      const { revision } = await store.load();
      for (const [index, hour] of hours.entries()) {
        await store.commit([at(revision + 1 + index, sampleWallMs + hour * hourMs)]);
      }
      const { changes, baseRevision } = await store.readChanges(0, 100);
      assert.equal(baseRevision, (changes[0]?.revision ?? 0) - 1);
      // Opening verifies the chain from the new base on, and all leases are still there.
      await store.close();
      const again = await open({ directory });
      assert.equal((await again.load()).leases.length, hours.length);
      await again.close();
      return changes.map(({ wallMs }) => (wallMs - sampleWallMs) / hourMs);
    }

    it("keeps what is as old as the limit, and drops what is older", async () => {
      assert.deepEqual(await hoursLeft([0, 1, 2, 3, 4, 5], 2), [3, 4, 5]);
    });

    it("drops everything but the newest change after a long silence", async () => {
      assert.deepEqual(await hoursLeft([0, 1, 2, 100], 2), [100]);
    });

    it("keeps all that follows a change that is young enough, whatever the clock said then", async () => {
      assert.deepEqual(await hoursLeft([0, 5, 1, 6], 2), [5, 1, 6]);
    });

    it("keeps everything when the clock goes back", async () => {
      assert.deepEqual(await hoursLeft([10, 9, 8], 2), [10, 9, 8]);
    });
  });

  it("drops a long past in portions, so that no single commit pays for all of it", async () => {
    const directory = makeDirectory();
    const before = await open({ directory });
    const { revision } = await before.load();
    for (let count = 0; count < 12_000; count += 4_000) {
      await before.commit(grants(revision + count, 4_000));
    }
    await before.close();
    const store = await open({ directory, changesRetainedMax: 100 });
    const left: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      await store.commit(grants(revision + 12_000 + count, 1));
      const { baseRevision } = await store.readChanges(0, 1);
      left.push(revision + 12_001 + count - baseRevision);
    }
    assert.deepEqual(left, [7_000, 2_000, 99]);
    await store.close();
  });
});

function at(revision: number, wallMs: number) {
  return { revision, wallMs, change: granted(sampleLease(revision)) };
}
