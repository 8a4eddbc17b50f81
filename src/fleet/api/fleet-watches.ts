// The readers of live views of the fleet. What those are sent who have come as far is made once; one that reads slowly stays where it
// is, and the others go on without it. While nobody watches, nothing of what changes is kept.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { WatchFleetRequest } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { Clock } from "../../server/domain/boundaries.js";
import { Slices } from "../../server/domain/slices.js";
import { LiveReaders } from "../../server/grpc/live-readers.js";
import { toWireError } from "../../server/grpc/rich-error.js";
import { parseInterval } from "../../server/grpc/watch-broker-request.js";
import type { Log } from "../../server/log.js";
import type { FleetHost, FleetLease } from "../view/fleet-entities.js";
import type { FleetView } from "../view/fleet-view.js";
import { type FleetPicture, FleetPictures } from "./fleet-pictures.js";
import { FleetReading, type FleetSelection } from "./fleet-reading.js";
import { type MessageLimits, messageLimits } from "./message-parts.js";
import { type FleetCall, FleetWatch, type SentMessage, Whereabouts } from "./fleet-watch.js";
import type { FleetFacts } from "./wire-fleet.js";

/** From the text of a filter to what fits. Throw field_invalid and filter_invalid. "": everything. */
export interface FleetFilters {
  readonly hosts: (filter: string) => (host: FleetHost) => boolean;
  readonly leases: (filter: string) => (lease: FleetLease) => boolean;
}

export interface FleetWatchesParts {
  readonly view: FleetView;
  readonly facts: FleetFacts;
  readonly filters: FleetFilters;
  /** Real time. */
  readonly clock: Clock;
  readonly log: Log;
  /** Of one message. */
  readonly limits?: Partial<MessageLimits>;
}

export class FleetWatches {
  readonly #parts: FleetWatchesParts;
  readonly #pictures: FleetPictures;
  readonly #slices: Slices;
  /** Each costs one message that waits, and at worst some 50 kB for what of 200,000 leases it knows. */
  readonly #readers: LiveReaders<FleetWatch>;
  /** Who came since the last round, by key. */
  readonly #beginners = new Map<string, Whereabouts>();

  constructor(parts: FleetWatchesParts) {
    this.#parts = parts;
    this.#pictures = new FleetPictures(parts.view, parts.facts);
    this.#slices = new Slices(parts.clock, () => nextTurn());
    this.#readers = new LiveReaders({
      server: "fleet server",
      clock: parts.clock,
      log: parts.log,
      serve: (ready) => this.#serveAll(ready),
      forsaken: () => this.#settleBeginners(),
    });
  }

  get size(): number {
    return this.#readers.size;
  }

  serve(call: FleetCall): void {
    try {
      const { request } = call;
      const everyMs = parseInterval(request.interval);
      const selection = this.#parse(request);
      this.#readers.admit();
      const at = this.#beginAt(keyOf(request, everyMs), selection);
      const begin = { everyMs, nowMs: this.#parts.clock.monotonicMs(), at };
      const end = (watch: FleetWatch): void => this.#ended(watch);
      const taken = (watch: FleetWatch): void => this.#taken(watch);
      this.#readers.add(new FleetWatch(call, begin, { end, taken }));
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

  #parse(request: WatchFleetRequest): FleetSelection {
    const { hosts, leases } = this.#parts.filters;
    const hostFits = hosts(request.hostFilter);
    const leaseFits = leases(request.leaseFilter);
    return { hostFits, leaseFits: request.leases ? leaseFits : null };
  }

  #beginAt(key: string, selection: FleetSelection): Whereabouts {
    const known = this.#beginners.get(key);
    if (known !== undefined) return known;
    const limits = { ...messageLimits, ...this.#parts.limits };
    const at = new Whereabouts(key, FleetReading.begin(this.#parts.view, selection, limits));
    this.#beginners.set(key, at);
    return at;
  }

  async #serveAll(ready: readonly FleetWatch[]): Promise<void> {
    this.#settleBeginners();
    const picture = this.#pictures.take();
    const made = new Map<Whereabouts, SentMessage>();
    try {
      for (const watch of ready) {
        const { at } = watch;
        if (watch.ended) continue;
        const message = made.get(at) ?? (await this.#make(at, picture, made));
        made.set(at, message);
        watch.send(message, this.#parts.clock.monotonicMs());
      }
    } finally {
      // Whoever it was made for may have gone meanwhile.
      for (const { after } of made.values()) after.settle();
    }
  }

  async #make(
    { key, reading }: Whereabouts,
    picture: FleetPicture,
    made: ReadonlyMap<Whereabouts, SentMessage>,
  ): Promise<SentMessage> {
    const { bytes, after } = await reading.next(picture, this.#slices);
    // Each takes a slice or two: whatever else is due comes in between.
    await nextTurn();
    for (const { after: other } of made.values()) {
      if (other.key !== key || !other.reading.isSame(after)) continue;
      after.close();
      return { bytes, after: other };
    }
    return { bytes, after: new Whereabouts(key, after) };
  }

  /** It is sent the rest at once, together with those who have come as far, unless one of them has yet to read. */
  #taken({ at }: FleetWatch): void {
    const watches = [...at.watches];
    if (!at.reading.behind || watches.some(({ unread }) => unread)) return;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const watch of watches) watch.hurry(nowMs);
    this.#readers.wake();
  }

  #ended(watch: FleetWatch): void {
    watch.at.leave(watch);
    this.#readers.delete(watch);
  }

  /** Who comes from now on begins at another place. */
  #settleBeginners(): void {
    for (const at of this.#beginners.values()) at.settle();
    this.#beginners.clear();
  }
}

function keyOf({ hostFilter, leases, leaseFilter }: WatchFleetRequest, everyMs: number): string {
  return JSON.stringify([everyMs, hostFilter, leases, leases ? leaseFilter : ""]);
}
