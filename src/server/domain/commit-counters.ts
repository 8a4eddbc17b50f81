// How commits went since the broker started. Numbers only rise; who shows them reads them.

import { DurationCounts } from "./duration-counts.js";

/** From a disk with a cache of its own to one that hangs. */
const commitBoundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];

export class CommitCounters {
  /** One for each commit that succeeded. */
  readonly duration = new DurationCounts(commitBoundsMs);
  failures = 0;
  /** How many changes they wrote. */
  changes = 0;

  committed(durationMs: number, changeCount: number): void {
    this.duration.add(durationMs);
    this.changes += changeCount;
  }
}
