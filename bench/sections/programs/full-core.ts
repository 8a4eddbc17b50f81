// Fills a lease core with leases, starts it again with them, or lets them expire at once. Its arguments are "fill", "restart" or
// "expire", the data directory, and how many leases. Prints what came out as JSON.

import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "#server/domain/broker.js";
import { Housekeeping } from "#server/housekeeping.js";
import { request } from "../../../test/support/broker-fixture.js";
import { measureMemory } from "../../servers/memory.js";
import { quantilesOf } from "../../statistics.js";
import { openCore } from "../core-on-disk.js";

const [step, directory = "", leaseWord] = process.argv.slice(2);
const leases = Number(leaseWord);
const longTtlMs = 3_600_000;
/** Long enough for all leases to be acquired before the first of them runs out. */
const expiringTtlMs = Math.max(2_000, leases * 0.3);
/** As a thousand busy clients would ask. */
const acquiresAtOnce = 1_000;
const lookEveryMs = 50;

async function acquireAll(broker: Broker, ttlMs: number): Promise<void> {
  for (let left = leases; left > 0; left -= acquiresAtOnce) {
    const asked = Array.from({ length: Math.min(left, acquiresAtOnce) }, () =>
      broker.acquire(request({ ttlMs })),
    );
    await Promise.all(asked);
  }
}

async function fill(): Promise<object> {
  const { store, broker } = await openCore(directory, leases);
  const { objectBytes: emptyHeap } = measureMemory();
  await acquireAll(broker, longTtlMs);
  const { objectBytes: fullHeap } = measureMemory();
  await store.close();
  return { bytesPerLease: (fullHeap - emptyHeap) / broker.leaseCount };
}

async function restart(): Promise<object> {
  const startMs = performance.now();
  const { store, broker } = await openCore(directory, leases);
  const tookMs = performance.now() - startMs;
  await store.close();
  if (broker.leaseCount !== leases) throw new Error(`${broker.leaseCount} of ${leases} leases`);
  return { tookMs };
}

/** How late the end of each is told, counted from the end of its TTL. */
async function expire(): Promise<object> {
  const dueAtMs = new Map<string, number>();
  const lags: number[] = [];
  const { store, broker } = await openCore(directory, leases, (event) => {
    if (event.type !== "lease_ended") return;
    lags.push(performance.now() - (dueAtMs.get(event.ended.lease.leaseId) ?? Number.NaN));
  });
  await acquireAll(broker, expiringTtlMs);
  const housekeeping = new Housekeeping([broker]);
  const held = [...broker.leases()];
  for (const { record, holderKey } of held) {
    dueAtMs.set(record.leaseId, performance.now() + expiringTtlMs);
    await broker.renew(record.leaseId, holderKey, null);
  }
  housekeeping.start();
  while (lags.length < leases) await delay(lookEveryMs);
  housekeeping.stop();
  await store.close();
  return { ...quantilesOf(lags) };
}

const steps: Readonly<Record<string, () => Promise<object>>> = { fill, restart, expire };
const run = steps[step ?? ""];
if (run === undefined) throw new RangeError(`there is no step ${step}`);
console.log(JSON.stringify(await run()));
