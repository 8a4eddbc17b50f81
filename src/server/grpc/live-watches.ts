// All readers of live views: gives each its turn, takes one picture for all whose turn it is, ends those that do not read, and
// bounds how many there are. While nobody watches nothing is looked at.

import type { WatchBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Clock } from "../domain/boundaries.js";
import { stopping } from "../domain/refusals.js";
import type { LiveEvents } from "../live/live-events.js";
import type { Log } from "../log.js";
import type { Picture } from "./broker-picture.js";
import type { BrokerPictures } from "./broker-pictures.js";
import { type LiveCall, LiveWatch } from "./live-watch.js";
import { toWireError } from "./rich-error.js";
import { type LiveWatchRequest, parseWatchBroker } from "./watch-broker-request.js";
import { liveReaderTooSlow, tooManyWatchers } from "./watch-refusals.js";
import { toWireEvent } from "./wire-live.js";

/** Each costs a picture of its own at worst, 60 kB for 60,000 ports, and one message that waits. GetBroker tells it. */
export const liveWatchersMax = 256;
/** A reader that has not read its last message for so long will hardly come back. Longer than the longest interval. */
export const unreadMsMax = 90_000;

export interface LiveWatchesParts {
  readonly pictures: BrokerPictures;
  readonly events: LiveEvents;
  /** Real time. */
  readonly clock: Clock;
  readonly log: Log;
}

/** What was made in one round, and for whom: readers who were sent the same before, and ask for the same. */
interface MadeMessage extends Pick<LiveWatchRequest, "ports" | "eventsMax"> {
  readonly sent: Picture | null;
  readonly eventsSeen: number;
  readonly message: WatchBrokerResponse;
}

export class LiveWatches {
  readonly #parts: LiveWatchesParts;
  readonly #watches = new Set<LiveWatch>();
  #ticking = false;
  #stopped = false;

  constructor(parts: LiveWatchesParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#watches.size;
  }

  serve(call: LiveCall): void {
    const { clock, events } = this.#parts;
    try {
      const request = parseWatchBroker(call.request);
      if (this.#stopped) throw stopping();
      if (this.#watches.size >= liveWatchersMax) throw tooManyWatchers(liveWatchersMax);
      const begin = { nowMs: clock.monotonicMs(), eventsSeen: events.count };
      if (request.eventsMax > 0) events.join();
      this.#watches.add(new LiveWatch(call, request, begin, (watch) => this.#ended(watch)));
      // The first message does not wait for the next round of housekeeping.
      setImmediate(() => this.advance());
    } catch (error) {
      call.emit("error", toWireError(error));
    }
  }

  /** Serves those whose turn it is. Returns in how many milliseconds to call again; `null`: not before somebody watches. */
  advance(): number | null {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const watch of this.#watches) {
      if (watch.unreadMs(nowMs) > unreadMsMax) watch.endWith(liveReaderTooSlow(unreadMsMax));
    }
    if (!this.#ticking) {
      const due = [...this.#watches].filter(({ dueMs }) => dueMs <= nowMs);
      const ready = due.filter((watch) => watch.takeTurn(nowMs));
      if (ready.length > 0) void this.#tick(ready);
    }
    if (this.#watches.size === 0) return null;
    const nextMs = Math.min(...[...this.#watches].map(({ dueMs }) => dueMs));
    // A picture takes its time in slices; who became due meanwhile is served in the round after it.
    return Math.max(this.#ticking ? 1 : 0, nextMs - nowMs);
  }

  /** Ends all watches, and lets none begin. */
  stop(): void {
    this.#stopped = true;
    for (const watch of this.#watches) watch.endWith(stopping());
  }

  async #tick(watches: readonly LiveWatch[]): Promise<void> {
    const { pictures, log } = this.#parts;
    this.#ticking = true;
    try {
      const picture = await pictures.take(watches.some(({ request }) => request.ports));
      const made: MadeMessage[] = [];
      for (const watch of watches) this.#send(watch, picture, made);
    } catch (error) {
      log.error("a live view failed", { error });
      for (const watch of watches) watch.endWith(error);
    } finally {
      this.#ticking = false;
    }
  }

  #send(watch: LiveWatch, picture: Picture, made: MadeMessage[]): void {
    const { clock, events } = this.#parts;
    if (watch.ended) return;
    const message = this.#messageFor(watch, made);
    watch.eventsSeen = events.count;
    watch.send(message, picture, clock.monotonicMs());
  }

  /** Readers of one pace see the same: one message is made for all of them, so that each costs little. */
  #messageFor(watch: LiveWatch, made: MadeMessage[]): WatchBrokerResponse {
    const { sent, eventsSeen, request } = watch;
    const { ports, eventsMax } = request;
    const known = made.find(
      (one) =>
        one.sent === sent &&
        one.eventsSeen === eventsSeen &&
        one.ports === ports &&
        one.eventsMax === eventsMax,
    );
    if (known !== undefined) return known.message;
    const change = this.#parts.pictures.changeSince(sent, ports);
    const message = { ...change, ...this.#eventsFor(watch) };
    made.push({ sent, eventsSeen, ports, eventsMax, message });
    return message;
  }

  #eventsFor(watch: LiveWatch): Pick<WatchBrokerResponse, "events" | "skippedEvents"> {
    const { events } = this.#parts;
    if (watch.request.eventsMax === 0) return { events: [], skippedEvents: 0 };
    const { items, skipped } = events.since(watch.eventsSeen, watch.request.eventsMax);
    const wire = items.map(toWireEvent).filter((event) => event !== null);
    return { events: wire, skippedEvents: skipped };
  }

  #ended(watch: LiveWatch): void {
    const { pictures, events } = this.#parts;
    this.#watches.delete(watch);
    if (watch.request.eventsMax > 0) events.leave();
    if (this.#watches.size === 0) pictures.forget();
  }
}
