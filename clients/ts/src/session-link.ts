// Keeps one Session stream to the broker open while it is wanted, and opens another when it breaks. What goes over it, and
// what a broken one means for the leases, is lease-keeper.ts.

import type {
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { backoffMs } from "./backoff.js";
import type { Timer, Timers } from "./clock.js";
import type { PortleaseError } from "./errors.js";
import type { OpenSessionStream, SessionStream } from "./session-stream.js";

/** How long a stream that was ended in order may take to close before it is given up. */
export const closeGraceMs = 1_000;

export interface SessionLinkEvents {
  /** A stream was opened, though it may not have reached the broker yet. Subscriptions of the one before are gone. */
  connected(): void;
  received(response: SessionResponse): void;
  /** The stream is gone with all that was unanswered; another one will be tried after `retryInMs`. */
  disconnected(error: PortleaseError | null, retryInMs: number): void;
  /** The longest wait between two tries at present. */
  retryMsMax(): number;
}

interface Connection {
  readonly stream: SessionStream;
  /** False once the broker asked us to leave: answers still come, nothing more is sent. */
  usable: boolean;
  /** Set while the stream is being closed in order. */
  grace: Timer | null;
}

export class SessionLink {
  readonly #open: OpenSessionStream;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #events: SessionLinkEvents;
  #wanted = false;
  #connection: Connection | null = null;
  #retry: Timer | null = null;
  #failures = 0;
  #requestNumber = 0n;

  constructor(
    open: OpenSessionStream,
    timers: Timers,
    random: () => number,
    events: SessionLinkEvents,
  ) {
    this.#open = open;
    this.#timers = timers;
    this.#random = random;
    this.#events = events;
  }

  /** True when something can be sent. */
  get usable(): boolean {
    return this.#connection?.usable ?? false;
  }

  /**
   * Opens a stream and keeps one open from now on; call it when the broker was just heard. One that waits for its next try does not
   * wait any longer: the wait was meant for other leases, and may outlast the one that the broker has granted now. No-op when open.
   */
  start(): void {
    if (this.#wanted && this.#retry === null) return;
    this.#retry?.cancel();
    this.#retry = null;
    this.#wanted = true;
    this.#failures = 0;
    this.#connect();
  }

  /** Closes the stream and opens no other. No-op when stopped. */
  stop(): void {
    this.#wanted = false;
    this.#retry?.cancel();
    this.#retry = null;
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) this.#finish(connection);
  }

  /** Sends a request and returns its number, or `null` when nothing can be sent at present. */
  send(request: NonNullable<SessionRequest["request"]>): bigint | null {
    if (this.#connection?.usable !== true) return null;
    this.#requestNumber += 1n;
    this.#connection.stream.send({ requestNumber: this.#requestNumber, request });
    return this.#requestNumber;
  }

  /** The broker is about to stop: lets the answers under way arrive, then connects again. */
  leave(): void {
    if (this.#connection?.usable !== true) return;
    this.#connection.usable = false;
    this.#finish(this.#connection);
  }

  /** Gives up a stream that does not answer, and tries another. */
  reset(): void {
    const connection = this.#connection;
    if (connection === null) return;
    connection.stream.cancel();
    this.#closed(connection, null);
  }

  #connect(): void {
    const connection: Connection = {
      stream: this.#open({
        received: (response) => this.#received(connection, response),
        closed: (error) => this.#closed(connection, error),
      }),
      usable: true,
      grace: null,
    };
    this.#connection = connection;
    this.#events.connected();
  }

  #received(connection: Connection, response: SessionResponse): void {
    // A stream that was given up may still bring something; its requests count as failed already.
    if (connection !== this.#connection) return;
    // A broker that only says goodbye, again and again, does not count as back.
    if (response.response?.$case !== "goingAway") this.#failures = 0;
    this.#events.received(response);
  }

  #closed(connection: Connection, error: PortleaseError | null): void {
    connection.grace?.cancel();
    if (connection !== this.#connection) return;
    this.#connection = null;
    this.#failures += 1;
    const retryInMs = backoffMs(this.#failures, this.#random(), this.#events.retryMsMax());
    this.#retry = this.#timers.after(retryInMs, () => {
      this.#retry = null;
      this.#connect();
    });
    this.#events.disconnected(error, retryInMs);
  }

  #finish(connection: Connection): void {
    connection.stream.end();
    // A broker that never closes must not keep this process running.
    connection.grace ??= this.#timers.after(closeGraceMs, () => {
      connection.stream.cancel();
      this.#closed(connection, null);
    });
  }
}
