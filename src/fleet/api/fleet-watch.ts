// A reader of a live view of the fleet, and how far it has come. Those who have come as far share where they are.

import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import type { WatchFleetRequest } from "@portlease/proto/portlease/v1/fleet_service.js";
import { LiveReader } from "../../server/grpc/live-reader.js";
import type { FleetReading } from "./fleet-reading.js";

/** Messages are encoded before they are written: one goes to many watches. */
export type FleetCall = Pick<
  ServerWritableStream<WatchFleetRequest, Buffer>,
  "cancelled" | "destroyed" | "emit" | "on" | "request" | "writableEnded" | "write"
>;
export type WatchFleetHandler = handleServerStreamingCall<WatchFleetRequest, Buffer>;

/** Where some readers are, from the first that comes to the last that goes on. */
export class Whereabouts {
  /** Readers with the same key see the same, as often. */
  readonly key: string;
  readonly reading: FleetReading;
  readonly #watches = new Set<FleetWatch>();
  #awaited = true;

  constructor(key: string, reading: FleetReading) {
    this.key = key;
    this.reading = reading;
  }

  get watches(): Iterable<FleetWatch> {
    return this.#watches;
  }

  add(watch: FleetWatch): void {
    this.#watches.add(watch);
  }

  leave(watch: FleetWatch): void {
    this.#watches.delete(watch);
    this.#closeIfEmpty();
  }

  /** Nobody else comes. Before that it stays open, though everybody may have left again. */
  settle(): void {
    this.#awaited = false;
    this.#closeIfEmpty();
  }

  #closeIfEmpty(): void {
    if (!this.#awaited && this.#watches.size === 0) this.reading.close();
  }
}

export interface SentMessage {
  readonly bytes: Buffer;
  readonly after: Whereabouts;
}

export class FleetWatch extends LiveReader<Buffer> {
  readonly #onTaken: (watch: FleetWatch) => void;
  #at: Whereabouts;

  constructor(
    call: FleetCall,
    begin: { readonly everyMs: number; readonly nowMs: number; readonly at: Whereabouts },
    on: {
      readonly end: (watch: FleetWatch) => void;
      /** It has read what it was sent. */
      readonly taken: (watch: FleetWatch) => void;
    },
  ) {
    super(call, begin, () => on.end(this));
    this.#onTaken = on.taken;
    this.#at = begin.at;
    this.#at.add(this);
  }

  get at(): Whereabouts {
    return this.#at;
  }

  send({ bytes, after }: SentMessage, nowMs: number): void {
    if (this.ended) return;
    after.add(this);
    this.#at.leave(this);
    this.#at = after;
    this.write(bytes, nowMs, () => this.#onTaken(this));
  }
}
