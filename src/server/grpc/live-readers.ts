// All readers of live views of one kind: gives each its turn, those that are due together in one round, ends those that do not read,
// and bounds how many there are. What they are sent is for others.

import type { Clock } from "../domain/boundaries.js";
import { stopping } from "../domain/refusals.js";
import type { Log } from "../log.js";
import type { LiveReader } from "./live-reader.js";
import { liveReaderTooSlow, tooManyWatchers } from "./watch-refusals.js";

/** Each may cost a picture of its own and one message that waits: see those who make them. GetBroker tells it. */
export const liveWatchersMax = 256;
/** A reader that has not read its last message for so long will hardly come back. Longer than the longest interval. */
export const unreadMsMax = 90_000;

export interface LiveReadersParts<Reader> {
  /** What kind of server they watch, in the words of refusals: "broker". */
  readonly server: string;
  /** Real time. */
  readonly clock: Clock;
  readonly log: Log;
  /** Sends something to each of them. One round at a time; when it rejects, those end whom it was for. */
  readonly serve: (ready: readonly Reader[]) => Promise<void>;
  /** The last one has ended. */
  readonly forsaken: () => void;
}

export class LiveReaders<Reader extends LiveReader<never>> {
  readonly #parts: LiveReadersParts<Reader>;
  readonly #readers = new Set<Reader>();
  #ticking = false;
  #stopped = false;

  constructor(parts: LiveReadersParts<Reader>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** Throws stopping and too_many_watchers: to be asked before a reader is made. */
  admit(): void {
    const { server } = this.#parts;
    if (this.#stopped) throw stopping(server);
    if (this.#readers.size >= liveWatchersMax) throw tooManyWatchers(liveWatchersMax, server);
  }

  add(reader: Reader): void {
    this.#readers.add(reader);
    this.wake();
  }

  /** One that has ended. */
  delete(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#parts.forsaken();
  }

  /** Somebody is due who does not wait for the next round of housekeeping. */
  wake(): void {
    setImmediate(() => this.advance());
  }

  /** Serves those whose turn it is. Returns in how many milliseconds to call again; `null`: not before somebody watches. */
  advance(): number | null {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const reader of this.#readers) {
      if (reader.unreadMs(nowMs) > unreadMsMax) reader.endWith(liveReaderTooSlow(unreadMsMax));
    }
    if (!this.#ticking) {
      const due = [...this.#readers].filter(({ dueMs }) => dueMs <= nowMs);
      const ready = due.filter((reader) => reader.takeTurn(nowMs));
      if (ready.length > 0) void this.#tick(ready);
    }
    if (this.#readers.size === 0) return null;
    const nextMs = Math.min(...[...this.#readers].map(({ dueMs }) => dueMs));
    // A round takes its time in slices; who became due meanwhile is served in the round after it.
    return Math.max(this.#ticking ? 1 : 0, nextMs - nowMs);
  }

  /** Ends all of them, and lets none begin. */
  stop(): void {
    this.#stopped = true;
    for (const reader of this.#readers) reader.endWith(stopping(this.#parts.server));
  }

  async #tick(ready: readonly Reader[]): Promise<void> {
    const { serve, log } = this.#parts;
    this.#ticking = true;
    try {
      await serve(ready);
    } catch (error) {
      log.error("a live view failed", { error });
      for (const reader of ready) reader.endWith(error);
    } finally {
      this.#ticking = false;
      const nowMs = this.#parts.clock.monotonicMs();
      if ([...this.#readers].some(({ dueMs }) => dueMs <= nowMs)) this.wake();
    }
  }
}
