// Timers of the client of etcd that run when the test says so.

import type { Timer, Timers } from "#etcd/timers.js";

export class ManualTimers implements Timers {
  readonly #waiting = new Set<{ readonly milliseconds: number; readonly run: () => void }>();

  after(milliseconds: number, run: () => void): Timer {
    const entry = { milliseconds, run };
    this.#waiting.add(entry);
    return { cancel: () => void this.#waiting.delete(entry) };
  }

  /** How long those wait that have not run, the shortest first. */
  get waiting(): readonly number[] {
    return [...this.#waiting].map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  }

  /** Runs all that wait for exactly so long; returns how many. */
  run(milliseconds: number): number {
    const due = [...this.#waiting].filter((entry) => entry.milliseconds === milliseconds);
    for (const entry of due) {
      this.#waiting.delete(entry);
      entry.run();
    }
    return due.length;
  }
}
