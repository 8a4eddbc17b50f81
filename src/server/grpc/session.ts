// One Session stream: answers requests as they complete and tells the holder news about its leases. From a slow reader nothing
// more is read; the end of the stream ends no lease.

import type { ServerDuplexStream } from "@grpc/grpc-js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import type {
  LeaseRenewal,
  RenewLeases,
  RenewLeasesResult,
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { fieldInvalid } from "../domain/refusals.js";
import { BrokerError } from "../domain/errors.js";
import { CallCancellation } from "./call-cancellation.js";
import { callerOf } from "./call-caller.js";
import type { LeaseCalls } from "./lease-calls.js";
import { joinWaiting } from "./message-batch.js";
import { toRpcStatus, toWireError } from "./rich-error.js";
import { checkReadable } from "./unreadable-request.js";

/**
 * What one session may have under way: requests, each lease of a renewal for itself, until the transport has taken the answer. More
 * wait in the transport's flow control. A renewed lease takes 2 bytes to ask for and about a kilobyte to answer, so what was asked
 * and not read yet must count, too.
 */
export const inFlightMax = 1_000;
/**
 * Acquires with max_wait that one session may have under way, beside the others: they may take an hour, and renewals behind them
 * must not. The API documents it.
 */
export const waitingPerSessionMax = 1_000;
/** The API documents it. */
export const renewalsPerMessageMax = 1_000;
/** News for a reader that does not read: past this many unsent messages the session is ended. */
export const unsentMax = 10_000;

export type SessionCall = ServerDuplexStream<SessionRequest, SessionResponse>;
type Answer = NonNullable<SessionResponse["response"]>;

/** Which leases a session wants to hear about. */
export interface LeaseNews {
  /** True when the session did not hear about the lease before. */
  want(leaseId: string): boolean;
  forget(leaseId: string): void;
}

export class Session {
  readonly #call: SessionCall;
  readonly #calls: LeaseCalls;
  readonly #news: LeaseNews;
  /** One for all acquires of the session. */
  readonly #gone = new CallCancellation();
  #inFlight = 0;
  #waiting = 0;
  #paused = false;
  #halfClosed = false;
  /** Also before its end could be told: a caller that does not read what came before must not go on asking. */
  #over = false;

  constructor(call: SessionCall, calls: LeaseCalls, news: LeaseNews) {
    this.#call = call;
    this.#calls = calls;
    this.#news = news;
    joinWaiting(call);
    call.on("data", (request: SessionRequest) => void this.#handle(request));
    call.on("cancelled", () => this.#finish());
    call.on("error", () => this.#finish());
    // Half-closed by the client: answer what is under way, then end.
    call.on("end", () => this.#endWhenIdle());
  }

  /** Sends what the broker says by itself. */
  tell(response: Answer): void {
    this.#write(0n, response);
  }

  /** Asks the holder to move to another lease. */
  tellDrain(leaseId: string): void {
    this.tell({
      $case: "leaseNotice",
      value: {
        leaseId,
        type: LeaseNotice_Type.TYPE_DRAIN_ASKED,
        endReason: LeaseEndReason.LEASE_END_REASON_UNSPECIFIED,
        reservations: [],
        message: `the ports of lease ${leaseId} are to be given back; move to another lease when convenient`,
      },
    });
  }

  /** Tells how the ports of a lease are reserved now. A no-op where there is nothing to know. */
  tellReservations(leaseId: string): void {
    const reservations = this.#calls.currentReservations(leaseId);
    if (reservations.length === 0) return;
    this.tell({
      $case: "leaseNotice",
      value: {
        leaseId,
        type: LeaseNotice_Type.TYPE_TOKEN_CHANGED,
        endReason: LeaseEndReason.LEASE_END_REASON_UNSPECIFIED,
        reservations,
        message: `the ports of lease ${leaseId} are reserved anew; bind with what this notice says from now on`,
      },
    });
  }

  async #handle(request: SessionRequest): Promise<void> {
    if (this.#over) return;
    try {
      checkReadable(request);
    } catch (error) {
      // Which request it was cannot be told, so nothing less than the session ends.
      this.#call.emit("error", toWireError(error));
      return;
    }
    const waits = mayWait(request);
    const weight = weightOf(request);
    if (waits) this.#waiting += 1;
    this.#inFlight += waits ? 0 : weight;
    this.#flow();
    let answer: Answer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      answer = { $case: "error", value: toRpcStatus(error) };
    }
    if (waits) {
      this.#waiting -= 1;
      this.#inFlight += weight;
    }
    this.#write(request.requestNumber, answer, () => {
      this.#inFlight -= weight;
      this.#flow();
      if (this.#halfClosed) this.#endWhenIdle();
    });
  }

  async #answer(message: SessionRequest): Promise<Answer> {
    const { request } = message;
    switch (request?.$case) {
      case "acquireLease": {
        if (this.#waiting > waitingPerSessionMax && mayWait(message)) throw sessionLineFull();
        const peer = (): string => this.#call.getPeer();
        const context = { signal: this.#gone, peer, caller: callerOf(this.#call).name };
        const value = await this.#calls.acquire(request.value, context);
        if (value.lease?.leaseId) this.#news.want(value.lease.leaseId);
        return { $case: "acquireLease", value };
      }
      case "renewLeases":
        return { $case: "renewLeases", value: await this.#renew(request.value) };
      case "releaseLease":
        // Its own release is no news to the holder; after a failed one the next renewal asks for news again.
        this.#news.forget(request.value.leaseId);
        return { $case: "releaseLease", value: await this.#calls.release(request.value) };
      case "ping":
        return { $case: "pong", value: {} };
      case undefined:
        throw fieldInvalid(
          "request",
          "is unset; send acquire_lease, renew_leases, release_lease or ping",
        );
    }
  }

  /** A promise only where one of them waits for the disk. */
  #renew({ leases }: RenewLeases): RenewLeasesResult | Promise<RenewLeasesResult> {
    if (leases.length > renewalsPerMessageMax) {
      throw fieldInvalid(
        "renew_leases.leases",
        `has ${leases.length} entries, at most ${renewalsPerMessageMax} are allowed; send several messages`,
      );
    }
    const renewals = leases.map((lease) => this.#calls.renewOne(lease));
    const done = renewals.filter(
      (renewal): renewal is LeaseRenewal => !(renewal instanceof Promise),
    );
    if (done.length === renewals.length) return this.#renewed(done);
    // The one that waits holds up the others' answers.
    return Promise.all(renewals.map((renewal) => Promise.resolve(renewal))).then((results) =>
      this.#renewed(results.map((result) => this.#calls.asOfNow(result))),
    );
  }

  #renewed(results: LeaseRenewal[]): RenewLeasesResult {
    for (const result of results) {
      if (result.error !== undefined || !this.#news.want(result.leaseId)) continue;
      // It was not there when the holders were asked.
      if (this.#calls.isDraining(result.leaseId)) this.tellDrain(result.leaseId);
    }
    return { leases: results };
  }

  /** `taken`: the transport has it. Not called once the session is over. */
  #write(requestNumber: bigint, response: Answer, taken?: () => void): void {
    if (this.#over || this.#call.destroyed || this.#call.writableEnded) return;
    if (this.#call.writableLength > unsentMax) {
      this.#call.emit("error", toWireError(readerTooSlow()));
      return;
    }
    this.#call.write({ requestNumber, response }, taken);
  }

  /** Reads on while little enough is under way: what waits to be taken is, too, and goes the cheaper the more of it waits. */
  #flow(): void {
    const busy = this.#inFlight >= inFlightMax;
    if (busy === this.#paused) return;
    this.#paused = busy;
    if (busy) this.#call.pause();
    else this.#call.resume();
  }

  #endWhenIdle(): void {
    this.#halfClosed = true;
    if (this.#inFlight + this.#waiting === 0 && !this.#call.writableEnded) this.#call.end();
  }

  #finish(): void {
    this.#over = true;
    this.#gone.abort();
  }
}

function mayWait({ request }: SessionRequest): boolean {
  return request?.$case === "acquireLease" && request.value.maxWait !== undefined;
}

function weightOf({ request }: SessionRequest): number {
  return request?.$case === "renewLeases" ? Math.max(1, request.value.leases.length) : 1;
}

function sessionLineFull(): BrokerError {
  return new BrokerError(
    "line_full",
    `${waitingPerSessionMax} acquires with max_wait are under way on this session already, which is as many as it may have; ` +
      "wait for their answers, or acquire without max_wait",
    { subject: "session", metadata: { waiters_max: String(waitingPerSessionMax) } },
  );
}

function readerTooSlow(): BrokerError {
  return new BrokerError(
    "reader_too_slow",
    `this session did not read ${unsentMax} messages that wait for it, so it was ended; its leases go on: open a new one`,
    { subject: "session", metadata: { unsent_max: String(unsentMax) } },
  );
}
