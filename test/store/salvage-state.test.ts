// How a repair puts the state together from rows that are each proven, but of different moments: the later word counts, and of two
// leases on one port the later one.

import assert from "node:assert/strict";
import type { Change, SealedChange } from "#server/domain/records.js";
import { noEntries } from "#server/store/record-decode.js";
import { salvageState } from "#server/store/salvage-state.js";
import type { SalvageSource } from "#server/store/salvage-state.js";
import {
  adjusted,
  ended,
  granted,
  sampleBlock,
  sampleLease,
  sealed,
} from "../support/store-samples.js";

const block = sampleBlock("default-tcp-20000");
const request = { key: "k", bodyHash: "h" };
const ports = { firstPort: 20_000, lastPort: 20_000 };

function source(entries: Partial<SalvageSource["entries"]>, ...changes: Change[]): SalvageSource {
  const history: SealedChange[] = sealed(0, ...changes);
  return { entries: { ...noEntries(), blocks: [block], ...entries }, changes: history };
}

describe("salvageState()", () => {
  it("believes history where the state is older, and keeps the request that only the state knows", () => {
    const before = sampleLease(1, { request });
    const after = { ...sampleLease(1), ttlMs: 90_000, revision: 2 };
    const change: Change = { type: "lease_ttl_changed", lease: after };
    const state = salvageState([source({ leases: [before] }, granted(before), change)]);
    assert.deepEqual(state.leases, [{ ...after, request }]);
    assert.deepEqual(state.requestLost, []);
  });

  it("believes the state where history ends before it", () => {
    const lease = sampleLease(1, { request, revision: 9, ttlMs: 90_000 });
    const state = salvageState([source({ leases: [lease] }, granted(sampleLease(1)))]);
    assert.deepEqual(state.leases, [lease]);
  });

  it("brings back from history what the state has lost, and says that its request_id is", () => {
    const lease = sampleLease(1);
    const state = salvageState([source({}, granted(lease))]);
    assert.deepEqual(state.leases, [lease]);
    assert.deepEqual(state.requestLost, [lease]);
  });

  it("has of a pool's adjustment the last word, be it that there is none", () => {
    const words = [1, 2].map((portsMax) =>
      adjusted("default", { quotas: [{ service: "*", portsMax }] }),
    );
    const [first, second] = words.flatMap((change) =>
      change.type === "pool_adjusted" ? [change.adjustment] : [],
    );
    assert.ok(first !== undefined && second !== undefined);
    const older = source({ adjustments: [first] });
    assert.deepEqual(salvageState([older]).adjustments, [first]);
    assert.deepEqual(salvageState([source({ adjustments: [second] }), older]).adjustments, [
      second,
    ]);
    assert.deepEqual(salvageState([source({}, ...words)]).adjustments, [second]);
    const taken = source({ adjustments: [second] }, ...words, adjusted("default"));
    assert.deepEqual(salvageState([taken]).adjustments, []);
  });

  it("never brings back what history says has ended", () => {
    const lease = sampleLease(1, { request });
    const state = salvageState([source({ leases: [lease] }, granted(lease), ended(lease))]);
    assert.deepEqual([state.leases, state.ended], [[], []]);
  });

  it("remembers an ended lease with its request, until it was forgotten", () => {
    const lease = sampleLease(1, { request });
    const end = ended({ ...lease, request: null }, true);
    const state = salvageState([source({ leases: [lease] }, granted(lease), end)]);
    assert.deepEqual(
      state.ended.map((record) => record.lease),
      [lease],
    );
    const forget: Change = { type: "lease_forgotten", generation: 1 };
    const forgotten = salvageState([source({ leases: [lease] }, granted(lease), end, forget)]);
    assert.deepEqual([forgotten.leases, forgotten.ended], [[], []]);
  });

  it("has no port in two leases: the earlier one must have ended, and is named", () => {
    const [one, two] = [sampleLease(1, { ports }), sampleLease(2, { ports })];
    const state = salvageState([source({ leases: [one, two] })]);
    assert.deepEqual(state.leases, [two]);
    assert.deepEqual(state.dropped, [{ lease: one, why: `the later lease lease-2 has its port` }]);
  });

  it("counts a port of both protocols against each of them", () => {
    const [tcp, udp] = [sampleLease(1, { ports }), sampleLease(2, { ports, protocol: "udp" })];
    assert.equal(salvageState([source({ leases: [tcp, udp] })]).leases.length, 2);
    const both = sampleLease(3, { ports, protocol: "tcp-and-udp" });
    assert.deepEqual(salvageState([source({ leases: [tcp, udp, both] })]).leases, [both]);
  });

  it("leaves a lease out whose block is lost, because a broker would not know its port", () => {
    const lease = sampleLease(1);
    const { leases, dropped } = salvageState([source({ leases: [lease], blocks: [] })]);
    assert.deepEqual(
      [leases, dropped.map(({ why }) => why)],
      [[], ["its block default-tcp-20000 is lost"]],
    );
  });

  it("has a block as history last told of it, and none that was removed", () => {
    const change: Change = { type: "block_changed", block: { ...block, draining: true } };
    const [draining] = salvageState([source({}, change)]).blocks;
    assert.equal(draining?.draining, true);
    const removed: Change = { type: "block_removed", blockId: block.blockId };
    assert.deepEqual(salvageState([source({}, change, removed)]).blocks, []);
  });

  it("believes the first of two versions where nothing tells which is later", () => {
    const older = source({ blocks: [{ ...block, draining: true }] });
    assert.deepEqual(salvageState([source({}), older]).blocks, [block]);
  });
});
