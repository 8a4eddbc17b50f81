// How the pools were used while this process ran, sampled by the clock. Where the process did not run there is no sample: a gap
// says so, and a made-up value would not.

import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { PoolCounters } from "../domain/core-counters.js";
import type { PoolUsage } from "../domain/pool-usage.js";
import { exhaustionWindowMs, timeToExhaustionMs } from "./time-to-exhaustion.js";
import type { UsageCounts, UsageSample } from "./usage-ring.js";
import { coarseEveryMs, fineEveryMs, fineForMs, UsageSeries } from "./usage-series.js";

export interface UsageOverTime {
  /** Oldest first. */
  readonly samples: readonly UsageSample[];
  readonly everyMs: number;
  /** See timeToExhaustionMs. Of all pools: of the one that is full first. */
  readonly exhaustionMs: number | null;
}

export class UsageHistory {
  readonly #broker: Pick<Broker, "counters" | "pools">;
  readonly #clock: Clock;
  readonly #all = new UsageSeries();
  readonly #series = new Map<string, UsageSeries>();
  #nextMs = -Infinity;
  #nextCoarseMs = -Infinity;

  /** `clock`: real time, which goes on while the broker's stands still. */
  constructor(broker: Pick<Broker, "counters" | "pools">, clock: Clock) {
    this.#broker = broker;
    this.#clock = clock;
  }

  /** Takes a sample when one is due. Returns in how many milliseconds the next one is. */
  advance(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#nextMs) this.#sample(nowMs);
    return this.#nextMs - nowMs;
  }

  /** `pool`: `null` for all together. `windowMs`: how far back; beyond an hour the steps are minutes. */
  over(pool: string | null, windowMs: number): UsageOverTime {
    const series = pool === null ? this.#all : this.#series.get(pool);
    const fine = windowMs <= fineForMs;
    const fromMs = this.#clock.monotonicMs() - windowMs;
    const samples = fine ? series?.fineSince(fromMs) : series?.coarseSince(fromMs);
    return {
      samples: samples ?? [],
      everyMs: fine ? fineEveryMs : coarseEveryMs,
      exhaustionMs: this.#exhaustionMs(pool),
    };
  }

  #sample(atMs: number): void {
    const coarse = atMs >= this.#nextCoarseMs;
    this.#nextMs = nextStep(atMs, fineEveryMs);
    if (coarse) this.#nextCoarseMs = nextStep(atMs, coarseEveryMs);
    const { pools, counters } = this.#broker;
    const wallMs = this.#clock.wallMs();
    const usages = new Map(pools.map((pool) => [pool.policy.name, pool.usage()]));
    for (const name of this.#series.keys()) if (!usages.has(name)) this.#series.delete(name);
    for (const [name, usage] of usages) {
      const series = this.#series.get(name) ?? new UsageSeries();
      this.#series.set(name, series);
      series.add({ atMs, wallMs, usage, counts: countsOf(counters.ofPool(name)) }, coarse);
    }
    // Of pools that are gone, too: numbers that only rise.
    const counts = [...counters.pools.values()].map(countsOf).reduce(addCounts, none);
    this.#all.add({ atMs, wallMs, usage: sumOf([...usages.values()]), counts }, coarse);
  }

  #exhaustionMs(name: string | null): number | null {
    const fromMs = this.#clock.monotonicMs() - exhaustionWindowMs;
    const times = this.#broker.pools
      .filter(({ policy }) => (name === null || policy.name === name) && !policy.retired)
      .map(({ policy }) => {
        const samples = this.#series.get(policy.name)?.fineSince(fromMs) ?? [];
        const uses = samples.map(({ atMs, usage: { total, free } }) => ({ atMs, total, free }));
        return timeToExhaustionMs(uses, policy.sizeMax);
      })
      .filter((timeMs) => timeMs !== null);
    return times.length === 0 ? null : Math.min(...times);
  }
}

/** Samples are taken at multiples of their step, so that those of all series are of the same moments. */
function nextStep(nowMs: number, everyMs: number): number {
  return (Math.floor(nowMs / everyMs) + 1) * everyMs;
}

const none: UsageCounts = { grants: 0, refusals: 0, releases: 0, losses: 0 };

function countsOf(counters: PoolCounters): UsageCounts {
  return {
    grants: counters.grants.of("ok"),
    refusals: counters.shortages,
    releases: counters.releases,
    losses: counters.losses,
  };
}

function addCounts(a: UsageCounts, b: UsageCounts): UsageCounts {
  return {
    grants: a.grants + b.grants,
    refusals: a.refusals + b.refusals,
    releases: a.releases + b.releases,
    losses: a.losses + b.losses,
  };
}

function sumOf(usages: readonly PoolUsage[]): PoolUsage {
  const sum = (key: Exclude<keyof PoolUsage, "largestFreeRun">): number =>
    usages.reduce((total, usage) => total + usage[key], 0);
  return {
    total: sum("total"),
    free: sum("free"),
    leased: sum("leased"),
    quarantined: sum("quarantined"),
    unavailable: sum("unavailable"),
    largestFreeRun: Math.max(0, ...usages.map(({ largestFreeRun }) => largestFreeRun)),
  };
}
