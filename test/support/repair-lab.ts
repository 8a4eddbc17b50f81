// A store with a known past, copies of it that are damaged, and what a repair makes of them.

import assert from "node:assert/strict";
import type { SealedChange } from "#server/domain/records.js";
import { checkStore } from "#server/store/check.js";
import { repairStore } from "#server/store/repair.js";
import type { RepairReport } from "#server/store/repair-report.js";
import type { LoadedState } from "#server/store/sqlite-store.js";
import {
  adjusted,
  ended,
  granted,
  sampleBlock,
  sampleLease,
  sampleWallMs,
  sealed,
} from "./store-samples.js";
import { SeededRandom } from "./seeded-random.js";
import { bytesOf, flipByte, openStore, snapshot } from "./store-snapshot.js";
import type { FileName } from "./store-snapshot.js";
import type { Change, LeaseRecord } from "#server/domain/records.js";
import type { SqliteStore } from "#server/store/sqlite-store.js";

/** A moment after all that the samples say, so that the floor of a repaired store is above its revisions. */
export const repairWallMs = sampleWallMs + 3_600_000;

export interface KnownPast {
  /** As a killed broker leaves it, with a log; and as one that stopped, without. */
  readonly killed: string;
  readonly closed: string;
  readonly changes: readonly SealedChange[];
  readonly state: LoadedState;
}

/** One block; leases of which many have ended, some remembered, some with a changed TTL; an adjusted pool. */
export async function knownPast(
  commitCount: number,
  makeDirectory: () => string,
): Promise<KnownPast> {
  const directory = makeDirectory();
  const first = await openStore(directory);
  await first.commit(
    sealed((await first.load()).revision, { type: "block_changed", block: labBlock }),
  );
  await fill(first, Math.floor(commitCount / 2));
  await first.close();
  const second = await openStore(directory);
  await fill(second, Math.ceil(commitCount / 2));
  // Reading it again would copy the log into the database.
  const killed = snapshot(directory, makeDirectory());
  const state = await second.load();
  const { changes } = await second.readChanges(0, 1_000_000);
  await second.close();
  return { killed, closed: snapshot(directory, makeDirectory()), changes, state };
}

/** The one block of all samples. */
export const labBlock = sampleBlock("default-tcp-20000");

async function fill(store: SqliteStore, commitCount: number): Promise<void> {
  let { revision, leases } = await store.load();
  const live: LeaseRecord[] = [...leases];
  for (let count = 0; count < commitCount; count++) {
    const request = { key: "k".repeat(64), bodyHash: "h".repeat(64) };
    const lease = sampleLease(revision + 1, { request });
    const changes: Change[] = [granted(lease)];
    live.push(lease);
    const oldest = count % 3 === 0 ? live.shift() : undefined;
    if (oldest !== undefined) changes.push(ended(oldest, count % 2 === 0));
    const last = live.at(-2);
    if (count % 5 === 0 && last !== undefined) {
      const changed = { ...last, ttlMs: 60_000, revision: revision + changes.length + 1 };
      live[live.length - 2] = changed;
      changes.push({ type: "lease_ttl_changed", lease: changed });
    }
    if (count % 7 === 0) {
      changes.push(adjusted("default", { quotas: [{ service: "orders", portsMax: count }] }));
    }
    await store.commit(sealed(revision, ...changes));
    revision += changes.length;
  }
}

export interface Repaired {
  readonly report: RepairReport;
  readonly state: LoadedState;
}

/** Repairs a damaged directory and opens the result, which must be sound by its own check. */
export async function repaired(directory: string): Promise<Repaired> {
  const report = await repairStore(directory, {
    write: true,
    force: false,
    nowWallMs: repairWallMs,
  });
  assert.equal(report.verdict, "repaired", JSON.stringify(report));
  assert.equal((await checkStore(directory)).verdict, "sound");
  const store = await openStore(directory);
  try {
    return { report, state: await store.load() };
  } finally {
    await store.close();
  }
}

/** Fails when the repaired store has a lease that was not once written just so, or a port in two leases. */
export function assertNothingInvented(past: KnownPast, { state }: Repaired): void {
  const written = new Map<number, LeaseRecord[]>();
  for (const { change } of past.changes) {
    if (!("lease" in change)) continue;
    const { generation } = change.lease;
    written.set(generation, [...(written.get(generation) ?? []), change.lease]);
  }
  for (const adjustment of state.adjustments) {
    const known = past.changes.some(
      ({ change }) =>
        change.type === "pool_adjusted" &&
        JSON.stringify(change.adjustment) === JSON.stringify(adjustment),
    );
    assert.ok(known, "the pool was never adjusted so");
  }
  const ports = new Set<number>();
  for (const lease of state.leases) {
    const versions = written.get(lease.generation) ?? [];
    const bare = { ...lease, request: null };
    const known = versions.some((version) => JSON.stringify(version) === JSON.stringify(bare));
    assert.ok(known, `lease ${lease.leaseId} was never written so`);
    assert.ok(!ports.has(lease.ports.firstPort), `port ${lease.ports.firstPort} twice`);
    ports.add(lease.ports.firstPort);
  }
  assert.ok(state.revision > past.state.revision, "revisions go on above all that were");
  assert.equal(state.past, "unknown");
}

/** Flips one byte in each of so many copies, repairs those that are damaged by it, and adds up what was lost. */
export async function repairFlips(
  past: KnownPast,
  source: string,
  name: FileName,
  count: number,
  makeDirectory: () => string,
): Promise<{ repairs: number; missing: number; revived: number; requestsLost: number }> {
  const random = new SeededRandom(77);
  const total = { repairs: 0, missing: 0, revived: 0, requestsLost: 0 };
  const { length } = bytesOf(source, name);
  for (let flip = 0; flip < count; flip++) {
    const directory = snapshot(source, makeDirectory());
    const offset = random.integer(length);
    flipByte(directory, name, offset, 1 + random.integer(255));
    if ((await checkStore(directory)).verdict !== "damaged") continue;
    const result = await repaired(directory);
    assertNothingInvented(past, result);
    const { missing, revived, requestsLost } = difference(past, result);
    if (missing + revived + requestsLost > 0) {
      console.log(`      ${name} byte ${offset}: ${result.report.summary?.losses.join("; ")}`);
    }
    total.repairs++;
    total.missing += missing;
    total.revived += revived;
    total.requestsLost += requestsLost;
  }
  return total;
}

/** How many live leases are missing, how many are there that had ended, and how many lost their request_id. */
export function difference(
  past: KnownPast,
  { state }: Repaired,
): { missing: number; revived: number; requestsLost: number } {
  const before = new Map(past.state.leases.map((lease) => [lease.generation, lease]));
  const after = new Map(state.leases.map((lease) => [lease.generation, lease]));
  return {
    missing: [...before.keys()].filter((generation) => !after.has(generation)).length,
    revived: [...after.keys()].filter((generation) => !before.has(generation)).length,
    requestsLost: state.leases.filter(({ request }) => request === null).length,
  };
}
