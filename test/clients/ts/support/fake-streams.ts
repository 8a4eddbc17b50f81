// Session streams without a network: tests see what was sent and play the broker.

import assert from "node:assert/strict";
import type {
  LeaseRenewal,
  RenewLeaseRequest,
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { ErrorInfo, RetryInfo } from "@portlease/proto/google/rpc/error_details.js";
import type { Status } from "@portlease/proto/google/rpc/status.js";
import { durationFromMs } from "#client/duration.js";
import type { PortleaseError } from "#client/errors.js";
import type {
  OpenSessionStream,
  SessionStream,
  SessionStreamEvents,
} from "#client/session-stream.js";

export class FakeStream implements SessionStream {
  readonly sent: SessionRequest[] = [];
  readonly #events: SessionStreamEvents;
  state: "open" | "ended" | "cancelled" | "closed" = "open";

  constructor(events: SessionStreamEvents) {
    this.#events = events;
  }

  send(request: SessionRequest): void {
    this.sent.push(request);
  }

  end(): void {
    this.state = "ended";
  }

  cancel(): void {
    this.state = "cancelled";
  }

  /** The broker says something; 0 for what it says by itself. */
  say(response: NonNullable<SessionResponse["response"]>, requestNumber = 0n): void {
    this.#events.received({ requestNumber, response });
  }

  /** The stream is gone. */
  close(error: PortleaseError | null = null): void {
    this.state = "closed";
    this.#events.closed(error);
  }

  /** The batches of renewals sent, oldest first. */
  get batches(): readonly (readonly RenewLeaseRequest[])[] {
    return this.sent.map(({ request }) => {
      assert.equal(request?.$case, "renewLeases");
      return request.value.leases;
    });
  }

  /** Answers the newest batch; a lease that `result` says nothing of is renewed for `ttlMs`. */
  answer(ttlMs: number, result: Readonly<Record<string, Partial<LeaseRenewal>>> = {}): void {
    this.answerNumber(this.sent.length, ttlMs, result);
  }

  /** Answers the batch with this number, counted from 1 on this stream. */
  answerNumber(
    number: number,
    ttlMs: number,
    result: Readonly<Record<string, Partial<LeaseRenewal>>> = {},
  ): void {
    const { requestNumber, request } = this.sent[number - 1] ?? assert.fail(`no batch ${number}`);
    assert.equal(request?.$case, "renewLeases");
    const leases = request.value.leases.map(({ leaseId }) => ({
      leaseId,
      ttl: durationFromMs(ttlMs),
      error: undefined,
      reservations: [],
      warnings: [],
      ...result[leaseId],
    }));
    this.say({ $case: "renewLeases", value: { leases } }, requestNumber);
  }
}

/** Opens fake streams and keeps them. */
export class FakeStreams {
  readonly opened: FakeStream[] = [];

  readonly open: OpenSessionStream = (events) => {
    const stream = new FakeStream(events);
    this.opened.push(stream);
    return stream;
  };

  /** The newest one. */
  get current(): FakeStream {
    return this.opened.at(-1) ?? assert.fail("no stream was opened");
  }
}

/** A failure as the broker tells it. */
export function rpcStatus(
  code: number,
  reason: string,
  retryDelayMs: number | null = null,
): Status {
  const info = ErrorInfo.encode({ reason, domain: "portlease", metadata: {} }).finish();
  const details = [detail("ErrorInfo", info)];
  if (retryDelayMs !== null) {
    const retryDelay = durationFromMs(retryDelayMs);
    details.push(detail("RetryInfo", RetryInfo.encode({ retryDelay }).finish()));
  }
  return { code, message: `${reason} happened`, details };
}

function detail(type: string, bytes: Uint8Array) {
  return { typeUrl: `type.googleapis.com/google.rpc.${type}`, value: Buffer.from(bytes) };
}
