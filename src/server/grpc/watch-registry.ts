// All open watches: feeds them with what the store commits, ends those that cannot go on, and bounds how many there are.
// What one watch sends, and when, is its own business.

import { setTimeout } from "node:timers/promises";
import type { Clock } from "../domain/boundaries.js";
import type { ChangeFollower } from "../domain/followed-store.js";
import { stopping, storeUnavailable } from "../domain/refusals.js";
import type { SealedChange } from "../domain/records.js";
import type { Log } from "../log.js";
import { LeaseSnapshots } from "./lease-snapshot.js";
import { RecentChanges, type RecentLimits, recentLimits } from "./recent-changes.js";
import { isInternal, toWireError } from "./rich-error.js";
import { Watch, type WatchCall, type WatchHome, type WatchSources } from "./watch.js";
import { tooManyWatchers } from "./watch-refusals.js";
import { parseWatch } from "./watch-request.js";

/** Each may hold a list of all leases while its snapshot is sent: half a megabyte for 60,000 leases. GetBroker tells it. */
export const watchersMax = 256;

/**
 * The first change after a rest goes to all watches at once; what comes within this time of that, for each watch there is, follows
 * together. A write to one watch costs about 10 µs whatever it carries, so by these watches take a tenth of a core at most, and the
 * rest is 26 ms at most.
 */
export const restUsPerWatch = 100;

export interface WatchLimits extends RecentLimits {
  readonly watchersMax: number;
}

export class WatchRegistry implements ChangeFollower {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #pause: (milliseconds: number) => Promise<void>;
  readonly #limits: WatchLimits;
  readonly #recent: RecentChanges;
  readonly #snapshots = new LeaseSnapshots();
  readonly #watches = new Set<Watch>();
  /** Something was committed that watches were not woken for. */
  #news = false;
  /** Watches are about to be woken, or have just been. */
  #waking = false;
  #inDoubt = false;
  #stopped = false;

  /** `pause`: real time passes. For tests. */
  constructor(
    log: Log,
    clock: Clock,
    limits: Partial<WatchLimits> = {},
    pause: (milliseconds: number) => Promise<void> = passing,
  ) {
    this.#log = log;
    this.#pause = pause;
    this.#clock = clock;
    this.#limits = { watchersMax, ...recentLimits, ...limits };
    this.#recent = new RecentChanges(this.#limits);
  }

  get size(): number {
    return this.#watches.size;
  }

  /** By how many revisions the slowest watch is behind what is on disk. */
  get lagRevisions(): number {
    const { revision } = this.#recent;
    return Math.max(0, ...[...this.#watches].map((watch) => watch.lagBehind(revision)));
  }

  serve(call: WatchCall, sources: WatchSources): void {
    try {
      const request = parseWatch(call.request);
      if (this.#stopped) throw stopping();
      if (this.#inDoubt) throw storeUnavailable();
      if (this.#watches.size >= this.#limits.watchersMax) {
        throw tooManyWatchers(this.#limits.watchersMax);
      }
      const watch = new Watch(call, request, sources, this.#homeFor(sources));
      this.#watches.add(watch);
      void watch.run();
    } catch (error) {
      call.emit("error", toWireError(error));
    }
  }

  committed(changes: readonly SealedChange[]): void {
    this.#recent.add(changes, this.#watches.size > 0);
    this.#news = true;
    this.#wakeSoon();
  }

  /** What a watch was not told may be on disk: it goes on from there once that is known. */
  doubtful(): void {
    this.#inDoubt = true;
    for (const watch of this.#watches) watch.endInDoubt();
  }

  loaded(revision: number): void {
    this.#inDoubt = false;
    this.#recent.restart(revision);
    this.#snapshots.forget();
  }

  /** Sends the bookmarks that are due. Returns in how many milliseconds to call again; `null`: not before there are watches. */
  advance(): number | null {
    const nowMs = this.#clock.monotonicMs();
    const delaysMs = [...this.#watches]
      .map((watch) => watch.bookmark(nowMs))
      .filter((delayMs) => delayMs !== null);
    return delaysMs.length === 0 ? null : Math.min(...delaysMs);
  }

  /** Ends all watches, and lets none begin. */
  stop(): void {
    this.#stopped = true;
    for (const watch of this.#watches) watch.endStopping();
  }

  #wakeSoon(): void {
    if (this.#waking || !this.#news || this.#watches.size === 0) return;
    this.#waking = true;
    // The callers whose changes these are get their answers first, and several batches make one wake-up.
    setImmediate(() => void this.#wakeAll());
  }

  async #wakeAll(): Promise<void> {
    this.#news = false;
    for (const watch of this.#watches) {
      watch.endIfTooSlow();
      watch.wake();
    }
    await this.#pause((this.#watches.size * restUsPerWatch) / 1_000);
    this.#waking = false;
    this.#wakeSoon();
  }

  #homeFor({ broker }: WatchSources): WatchHome {
    return {
      recent: this.#recent,
      clock: this.#clock,
      takeSnapshot: () => this.#snapshots.take(broker, this.#recent.revision),
      ended: (watch, error) => {
        this.#watches.delete(watch);
        if (error !== null && isInternal(error)) this.#log.error("a watch failed", { error });
      },
    };
  }
}

function passing(milliseconds: number): Promise<void> {
  return setTimeout(milliseconds, undefined, { ref: false });
}
