// All open watches: feeds them with what the store commits, ends those that cannot go on, and bounds how many there are.
// What one watch sends, and when, is its own business.

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

export interface WatchLimits extends RecentLimits {
  readonly watchersMax: number;
}

export class WatchRegistry implements ChangeFollower {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #limits: WatchLimits;
  readonly #recent: RecentChanges;
  readonly #snapshots = new LeaseSnapshots();
  readonly #watches = new Set<Watch>();
  #wakePlanned = false;
  #inDoubt = false;
  #stopped = false;

  constructor(log: Log, clock: Clock, limits: Partial<WatchLimits> = {}) {
    this.#log = log;
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
    if (this.#wakePlanned || this.#watches.size === 0) return;
    this.#wakePlanned = true;
    // The callers whose changes these are get their answers first, and several batches make one wake-up.
    setImmediate(() => this.#wakeAll());
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

  #wakeAll(): void {
    this.#wakePlanned = false;
    for (const watch of this.#watches) {
      watch.endIfTooSlow();
      watch.wake();
    }
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
