// How one pool, or all of them together, was used over time: every ten seconds for an hour, every minute for a day.

import type { PoolUsage } from "../domain/pool-usage.js";
import { type UsageCounts, UsageRing, type UsageSample } from "./usage-ring.js";

/** The API documents both steps, and how far each goes back. */
export const fineEveryMs = 10_000;
export const fineForMs = 3_600_000;
export const coarseEveryMs = 60_000;
export const coarseForMs = 86_400_000;

const nothingYet: UsageCounts = { grants: 0, refusals: 0, releases: 0, losses: 0 };

export interface TakenSample {
  /** Monotonic. */
  readonly atMs: number;
  readonly wallMs: number;
  readonly usage: PoolUsage;
  /** Since the broker started. */
  readonly counts: UsageCounts;
}

/** 100 kB: 1,800 samples of 56 bytes. For 64 pools and all of them together 6.5 MB, from the start on. */
export class UsageSeries {
  readonly #fine = new Steps(fineForMs / fineEveryMs);
  readonly #coarse = new Steps(coarseForMs / coarseEveryMs);

  /** `coarse`: a minute is over as well. */
  add(sample: TakenSample, coarse: boolean): void {
    this.#fine.add(sample);
    if (coarse) this.#coarse.add(sample);
  }

  fineSince(fromMs: number): readonly UsageSample[] {
    return this.#fine.ring.since(fromMs);
  }

  coarseSince(fromMs: number): readonly UsageSample[] {
    return this.#coarse.ring.since(fromMs);
  }
}

class Steps {
  readonly ring: UsageRing;
  #counted = nothingYet;

  constructor(capacity: number) {
    this.ring = new UsageRing(capacity);
  }

  add({ counts, ...sample }: TakenSample): void {
    this.ring.add({
      ...sample,
      grants: counts.grants - this.#counted.grants,
      refusals: counts.refusals - this.#counted.refusals,
      releases: counts.releases - this.#counted.releases,
      losses: counts.losses - this.#counted.losses,
    });
    this.#counted = counts;
  }
}
