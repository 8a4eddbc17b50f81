// What a source counts of itself, for metrics.

import type { Clock } from "../../server/domain/boundaries.js";
import type { SourceStats } from "./fleet-source.js";

export class SourceCounters implements SourceStats {
  snapshots = 0;
  resumes = 0;
  compactions = 0;
  events = 0;
  failures = 0;
  retired = 0;
  unreadable = 0;
  readonly #clock: Clock;
  #heardMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  get sinceHeardMs(): number | null {
    return this.#heardMs === null ? null : this.#clock.monotonicMs() - this.#heardMs;
  }
}
