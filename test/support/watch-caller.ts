// One WatchLeases stream, as a client would use it: messages in order, and how the stream ended.

import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { type LeaseEvent, LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import {
  type DeepPartial,
  WatchLeasesRequest,
  type WatchLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseCaller } from "./lease-caller.js";
import { type RpcFailure, toRpcFailure } from "./rpc-failure.js";

type Message = NonNullable<WatchLeasesResponse["message"]>;

export interface WholeSnapshot {
  readonly leases: readonly Lease[];
  readonly revision: number;
  readonly parts: number;
}

export class WatchCaller {
  readonly #stream: ClientReadableStream<WatchLeasesResponse>;
  readonly #unread: Message[] = [];
  #listener: (() => void) | null = null;
  /** Resolves when the stream has ended: `null` for a good end. */
  readonly ended: Promise<RpcFailure | null>;

  constructor(caller: LeaseCaller, request: DeepPartial<WatchLeasesRequest> = {}) {
    this.#stream = caller.leaseClient.watchLeases(WatchLeasesRequest.fromPartial(request));
    this.#stream.on("data", ({ message }: WatchLeasesResponse) => {
      if (message === undefined) throw new Error("the broker sent an empty message");
      this.#unread.push(message);
      this.#listener?.();
    });
    this.ended = new Promise((resolve) => {
      this.#stream.on("error", (error: ServiceError) => resolve(toRpcFailure(error)));
      this.#stream.on("end", () => resolve(null));
    });
  }

  /** Rejects with RpcFailure when the stream ends before. */
  async next(): Promise<Message> {
    for (;;) {
      const first = this.#unread.shift();
      if (first !== undefined) return first;
      const said = new Promise<void>((resolve) => {
        this.#listener = resolve;
      });
      await Promise.race([said, this.#failsAtEnd()]);
    }
  }

  async nextEvent(): Promise<LeaseEvent> {
    const message = await this.next();
    if (message.$case === "event") return message.value;
    throw new Error(`a ${message.$case} came, not an event`);
  }

  async events(count: number): Promise<readonly LeaseEvent[]> {
    const events: LeaseEvent[] = [];
    while (events.length < count) events.push(await this.nextEvent());
    return events;
  }

  async nextBookmark(): Promise<number> {
    const message = await this.next();
    if (message.$case === "bookmark") return Number(message.value.revision);
    throw new Error(`a ${message.$case} came, not a bookmark`);
  }

  /** All parts of the snapshot. */
  async snapshot(): Promise<WholeSnapshot> {
    const leases: Lease[] = [];
    for (let parts = 1; ; parts += 1) {
      const message = await this.next();
      if (message.$case !== "snapshot")
        throw new Error(`a ${message.$case} came within a snapshot`);
      leases.push(...message.value.leases);
      const revision = Number(message.value.revision);
      if (message.value.complete) return { leases, revision, parts };
    }
  }

  /** Stops reading, so that the broker has to stop sending. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  async #failsAtEnd(): Promise<never> {
    const failure = await this.ended;
    throw failure ?? new Error("the watch ended");
  }
}

/** About 9 kB in a message, so that a few dozen leases fill what a connection holds. */
export const longLabels = Object.fromEntries(
  Array.from({ length: 32 }, (_, index) => [`label-${index}`, "x".repeat(255)]),
);

/** "GRANTED 20000", "ENDED 20000": an event in short. */
export function inShort({ type, lease }: LeaseEvent): string {
  const names = Object.entries(LeaseEvent_Type);
  const name = names.find(([, value]) => value === type)?.[0] ?? String(type);
  return `${name.replace("TYPE_", "")} ${lease?.port}`;
}
