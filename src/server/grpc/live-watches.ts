// The readers of live views of the broker: takes one picture for all whose turn it is. While nobody watches nothing is looked at.

import type { WatchBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { LiveEvents } from "../live/live-events.js";
import type { Log } from "../log.js";
import type { Picture } from "./broker-picture.js";
import type { BrokerPictures } from "./broker-pictures.js";
import { LiveReaders } from "./live-readers.js";
import { type LiveCall, LiveWatch } from "./live-watch.js";
import { toWireError } from "./rich-error.js";
import { type LiveWatchRequest, parseWatchBroker } from "./watch-broker-request.js";
import { toWireEvent } from "./wire-live.js";

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
  /** Each costs a picture of its own at worst, 60 kB for 60,000 ports, and one message that waits. */
  readonly #readers: LiveReaders<LiveWatch>;

  constructor(parts: LiveWatchesParts) {
    this.#parts = parts;
    this.#readers = new LiveReaders({
      server: "broker",
      clock: parts.clock,
      log: parts.log,
      serve: (ready) => this.#serveAll(ready),
      forsaken: () => parts.pictures.forget(),
    });
  }

  get size(): number {
    return this.#readers.size;
  }

  serve(call: LiveCall): void {
    const { clock, events } = this.#parts;
    try {
      const request = parseWatchBroker(call.request);
      this.#readers.admit();
      const begin = { nowMs: clock.monotonicMs(), eventsSeen: events.count };
      if (request.eventsMax > 0) events.join();
      this.#readers.add(new LiveWatch(call, request, begin, (watch) => this.#ended(watch)));
    } catch (error) {
      call.emit("error", toWireError(error));
    }
  }

  /** Serves those whose turn it is. Returns in how many milliseconds to call again; `null`: not before somebody watches. */
  advance(): number | null {
    return this.#readers.advance();
  }

  /** Ends all watches, and lets none begin. */
  stop(): void {
    this.#readers.stop();
  }

  async #serveAll(watches: readonly LiveWatch[]): Promise<void> {
    const withPorts = watches.some(({ request }) => request.ports);
    const picture = await this.#parts.pictures.take(withPorts);
    const made: MadeMessage[] = [];
    for (const watch of watches) this.#send(watch, picture, made);
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
    if (watch.request.eventsMax > 0) this.#parts.events.leave();
    this.#readers.delete(watch);
  }
}
