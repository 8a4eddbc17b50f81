// Notices that files changed, by looking at them now and then. Polling, because it also sees what lies behind symbolic links, as
// the secrets of Kubernetes, and files on network drives.

import { statSync } from "node:fs";
import type { Clock } from "../domain/boundaries.js";

/** How late a change is noticed. Certificates and tokens are replaced well before they end. */
export const lookEveryMs = 2_000;

interface Watched {
  readonly paths: readonly string[];
  readonly changed: () => void;
  mark: string;
}

export class FileWatch {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #nextMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#nextMs = clock.monotonicMs() + lookEveryMs;
  }

  /**
   * Calls `changed` after any of the files became another than it was at `since`, came or went; in the order in which they were
   * watched. Returns how to watch them no more. `since`: taken before they were read, or what is written meanwhile is missed.
   */
  watch(paths: readonly string[], changed: () => void, since: string): () => void {
    const watched = { paths, changed, mark: since };
    this.#watched.add(watched);
    return () => void this.#watched.delete(watched);
  }

  /** Looks, when it is time to. Returns in how many milliseconds to call again. */
  advance(): number {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) return this.#nextMs - nowMs;
    this.#nextMs = nowMs + lookEveryMs;
    for (const watched of this.#watched) {
      const mark = markOf(watched.paths);
      if (mark === watched.mark) continue;
      // First, so that what changes while it is read is seen the next time.
      watched.mark = mark;
      watched.changed();
    }
    return lookEveryMs;
  }
}

/** What the files are like now. A file that is replaced by another of the same age and size has another number. */
export function markOf(paths: readonly string[]): string {
  return paths.map(markOfOne).join(" ");
}

function markOfOne(path: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path);
    return `${mtimeMs}/${ctimeMs}/${size}/${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
