// The last samples of how one pool was used, in columns of fixed size: the oldest one makes room for the newest.

import type { PoolUsage } from "../domain/pool-usage.js";

/** What happened in the interval before a sample. */
export interface UsageCounts {
  readonly grants: number;
  readonly refusals: number;
  readonly releases: number;
  readonly losses: number;
}

export interface UsageSample extends UsageCounts {
  /** Monotonic. */
  readonly atMs: number;
  readonly wallMs: number;
  readonly usage: PoolUsage;
}

const columnNames = [
  "total",
  "free",
  "leased",
  "quarantined",
  "unavailable",
  "largestFreeRun",
  "grants",
  "refusals",
  "releases",
  "losses",
] as const;
type ColumnName = (typeof columnNames)[number];

/** A sample costs 56 bytes, whether it is there already or not. */
export class UsageRing {
  readonly #capacity: number;
  readonly #atMs: Float64Array;
  readonly #wallMs: Float64Array;
  readonly #columns: Readonly<Record<ColumnName, Uint32Array>>;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#atMs = new Float64Array(capacity);
    this.#wallMs = new Float64Array(capacity);
    const columns = columnNames.map((name) => [name, new Uint32Array(capacity)] as const);
    this.#columns = Object.fromEntries(columns) as Record<ColumnName, Uint32Array>;
  }

  add({ atMs, wallMs, usage, ...counts }: UsageSample): void {
    const index = this.#count % this.#capacity;
    this.#atMs[index] = atMs;
    this.#wallMs[index] = wallMs;
    const values = { ...usage, ...counts };
    for (const name of columnNames) this.#columns[name][index] = values[name];
    this.#count += 1;
  }

  /** Those taken at or after a time, oldest first. */
  since(fromMs: number): readonly UsageSample[] {
    const samples: UsageSample[] = [];
    const oldest = Math.max(0, this.#count - this.#capacity);
    for (let number = oldest; number < this.#count; number += 1) {
      const index = number % this.#capacity;
      if ((this.#atMs[index] ?? 0) >= fromMs) samples.push(this.#at(index));
    }
    return samples;
  }

  #at(index: number): UsageSample {
    const value = (name: ColumnName): number => this.#columns[name][index] ?? 0;
    return {
      atMs: this.#atMs[index] ?? 0,
      wallMs: this.#wallMs[index] ?? 0,
      usage: {
        total: value("total"),
        free: value("free"),
        leased: value("leased"),
        quarantined: value("quarantined"),
        unavailable: value("unavailable"),
        largestFreeRun: value("largestFreeRun"),
      },
      grants: value("grants"),
      refusals: value("refusals"),
      releases: value("releases"),
      losses: value("losses"),
    };
  }
}
