// One WatchLeases stream, as a client would use it: messages in order, and how the stream ended.

import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { type LeaseEvent, LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import {
  type DeepPartial,
  WatchLeasesRequest,
  type WatchLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseCaller } from "./lease-caller.js";
import { MessageStream } from "./message-stream.js";

type Message = NonNullable<WatchLeasesResponse["message"]>;

export interface WholeSnapshot {
  readonly leases: readonly Lease[];
  readonly revision: number;
  readonly parts: number;
}

export class WatchCaller extends MessageStream<WatchLeasesResponse, Message> {
  constructor(caller: LeaseCaller, request: DeepPartial<WatchLeasesRequest> = {}) {
    super(
      caller.leaseClient.watchLeases(WatchLeasesRequest.fromPartial(request)),
      ({ message }) => {
        if (message === undefined) throw new Error("the broker sent an empty message");
        return message;
      },
    );
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
