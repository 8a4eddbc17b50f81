// What every LeaseStore does, whatever it is made of. Run on the memory store and on SQLite.

import assert from "node:assert/strict";
import type { LeaseStore } from "#server/domain/boundaries.js";
import type { Change, LeaseRecord } from "#server/domain/records.js";
import { noEntries } from "#server/store/record-decode.js";
import {
  adjusted,
  ended,
  granted,
  grants,
  modelOf,
  ordered,
  sampleBlock,
  sampleLease,
  sealed,
} from "../support/store-samples.js";

export interface StoreUnderTest {
  readonly store: LeaseStore;
  /** Closes the store and opens what it left. */
  reopen(): Promise<LeaseStore>;
}

/** `make` gives a new, empty store; it is closed after the test. */
export function describeLeaseStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a LeaseStore`, () => {
    let subject: StoreUnderTest;
    let store: LeaseStore;
    let revision: number;

    beforeEach(async () => {
      subject = await make();
      ({ store } = subject);
      ({ revision } = await store.load());
    });
    afterEach(async () => {
      await store.close();
    });

    async function reopened(): Promise<LeaseStore> {
      store = await subject.reopen();
      return store;
    }

    it("starts empty, with a secret of 32 bytes", async () => {
      const state = await store.load();
      assert.deepEqual(ordered(state), noEntries());
      assert.equal(state.brokerSecret.length, 32);
    });

    it("keeps what operators changed of a pool until there is nothing of it", async () => {
      const pins = [{ port: 20_000, service: "gateway", instance: "" }];
      const first = adjusted("default", { pins, unpinned: [20_001] });
      const changes = [first, adjusted("other", { quotas: [{ service: "*", portsMax: null }] })];
      await store.commit(sealed(revision, ...changes));
      assert.deepEqual(ordered(await (await reopened()).load()), modelOf(changes));
      await store.commit(sealed(revision + 2, adjusted("default"), adjusted("nothing")));
      assert.deepEqual(
        (await store.load()).adjustments.map(({ pool }) => pool),
        ["other"],
      );
    });

    it("returns what was committed, with the revision of the last change", async () => {
      const changes: Change[] = [
        { type: "block_changed", block: sampleBlock("a", { stage: "intended" }) },
        { type: "block_changed", block: sampleBlock("a") },
        granted(sampleLease(1)),
        granted(sampleLease(2, { request: { key: "k", bodyHash: "h" } })),
        { type: "lease_ttl_changed", lease: sampleLease(1, { ttlMs: 90_000 }) },
      ];
      await store.commit(sealed(revision, ...changes));
      const state = await store.load();
      assert.deepEqual(ordered(state), modelOf(changes));
      assert.equal(state.revision, revision + changes.length);
    });

    for (const [what, change] of [
      ["a changed TTL (semantics 3)", (lease) => ({ type: "lease_ttl_changed", lease })],
      ["a checkpoint (semantics 3)", (lease) => ({ type: "lease_checkpointed", lease })],
      [
        "a sighting of its sockets",
        (lease) => ({ type: "lease_observed", aspect: "binding", lease }),
      ],
      [
        "a change of its protection",
        (lease) => ({ type: "lease_observed", aspect: "protection", lease }),
      ],
    ] as const satisfies readonly (readonly [string, (lease: LeaseRecord) => Change])[]) {
      it(`returns a lease as it was last written: ${what}`, async () => {
        const request = { key: "k", bodyHash: "h" };
        const before = sampleLease(revision + 1, { request, bindWithinMs: 5_000 });
        const after: LeaseRecord = {
          ...before,
          ttlMs: 90_000,
          remainingMs: 12_345,
          revision: revision + 2,
          binding: "bound",
          everBound: true,
          covered: false,
        };
        await store.commit(sealed(revision, granted(before)));
        await store.commit(sealed(revision + 1, change(after)));
        assert.deepEqual((await store.load()).leases, [after]);
        const cleared = { ...after, remainingMs: null };
        await store.commit(sealed(revision + 2, change(cleared)));
        assert.deepEqual((await (await reopened()).load()).leases, [cleared]);
      });
    }

    it("has nothing of a batch that it refuses", async () => {
      const broken = granted(sampleLease(2, { ttlMs: Number.NaN }));
      const batch = sealed(revision, granted(sampleLease(1)), broken);
      await assert.rejects(store.commit(batch), { code: "STORE_FAILED" });
      assert.deepEqual(ordered(await (await reopened()).load()), modelOf([]));
    });

    it("still has everything after it was closed and opened again", async () => {
      await store.commit(grants(revision, 3));
      const before = await store.load();
      assert.deepEqual(await (await reopened()).load(), before);
    });

    it("keeps an ended lease only when it is to be remembered, and until it is forgotten", async () => {
      const [one, two] = [sampleLease(1), sampleLease(2)];
      await store.commit(sealed(revision, granted(one), granted(two)));
      await store.commit(sealed(revision + 2, ended(one), ended(two, true)));
      const remembered = await store.load();
      assert.deepEqual(remembered.leases, []);
      assert.deepEqual(
        remembered.ended.map(({ lease }) => lease),
        [two],
      );
      await store.commit(sealed(revision + 4, { type: "lease_forgotten", generation: 2 }));
      assert.deepEqual((await (await reopened()).load()).ended, []);
    });

    it("removes blocks", async () => {
      const block = sampleBlock("a");
      await store.commit(sealed(revision, { type: "block_changed", block }));
      await store.commit(sealed(revision + 1, { type: "block_removed", blockId: "a" }));
      assert.deepEqual((await (await reopened()).load()).blocks, []);
    });

    it("takes a batch in the order of its changes", async () => {
      const lease = sampleLease(1);
      const changes = [granted(lease), ended(lease), granted(sampleLease(2)), ended(lease)];
      await store.commit(sealed(revision, ...changes));
      assert.deepEqual(ordered(await (await reopened()).load()), modelOf(changes));
    });

    it("takes removing what is not there as done", async () => {
      const changes: Change[] = [
        { type: "lease_forgotten", generation: 7 },
        { type: "block_removed", blockId: "never" },
        ended(sampleLease(8)),
      ];
      await store.commit(sealed(revision, ...changes));
      assert.equal((await store.load()).revision, revision + 3);
    });

    it("takes an empty batch as done", async () => {
      await store.commit([]);
      assert.equal((await store.load()).revision, revision);
    });

    it("gives texts back as they were, however odd", async () => {
      const labels = JSON.parse('{"__proto__": "a", "": "\\u0000\\ud800 \\u2028 ü 🚢", "b": ""}');
      const holder = { service: "a\nb", instance: '"', labels, process: null };
      await store.commit(sealed(revision, granted(sampleLease(1, { holder }))));
      const [lease] = (await (await reopened()).load()).leases;
      assert.deepEqual(lease?.holder, holder);
    });

    it("never hands out the objects it was given, nor its own secret", async () => {
      const lease = sampleLease(1);
      await store.commit(sealed(revision, granted(lease)));
      const state = await store.load();
      assert.notEqual(state.leases[0], lease);
      const secret = Uint8Array.from(state.brokerSecret);
      state.brokerSecret.fill(0);
      assert.deepEqual(Uint8Array.from((await store.load()).brokerSecret), secret);
    });

    it("refuses a revision that does not follow, and then everything until it was loaded", async () => {
      await store.commit(grants(revision, 1));
      for (const wrong of [revision, revision + 2]) {
        await assert.rejects(store.commit(grants(wrong, 1)), { code: "STORE_FAILED" });
        await assert.rejects(store.commit(grants(revision + 1, 1)), { code: "STORE_FAILED" });
        assert.equal((await store.load()).revision, revision + 1);
      }
      await store.commit(grants(revision + 1, 1));
      assert.equal((await store.load()).leases.length, 2);
    });

    it("refuses to write what it could not read back", async () => {
      const broken = granted(sampleLease(1, { ttlMs: Number.NaN }));
      await assert.rejects(store.commit(sealed(revision, broken)), { code: "STORE_FAILED" });
      assert.equal((await store.load()).revision, revision);
    });

    it("answers a probe while it can write", async () => {
      await store.probe();
      assert.equal((await store.load()).revision, revision);
    });

    it("may be closed twice", async () => {
      await store.close();
      await store.close();
    });
  });
}
