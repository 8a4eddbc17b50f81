// Follows the leases of one broker: a snapshot, then every change; after a break from where it was, or with a snapshot again where the
// broker does not know that far back.

import {
  LeaseServiceService,
  type LeaseSnapshot,
  type WatchLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { Lease_State, type Lease } from "@portlease/proto/portlease/v1/lease.js";
import { PortleaseError } from "@portlease/client";
import { isLeaseId } from "../../records/fleet-keys.js";
import type { SourceCounters } from "../source-counters.js";
import type { BrokerChannel } from "./broker-channel.js";
import type { BrokerPicture } from "./broker-picture.js";
import { leaseRecord, protocolOf } from "./broker-records.js";
import type { ToldHost } from "./told-host.js";

const bookmarkEverySeconds = 5;
/** Three bookmarks that did not come. */
const silentMsMax = 15_000;

export class LeaseFollower {
  readonly #told: ToldHost;
  readonly #picture: BrokerPicture;
  readonly #counters: SourceCounters;
  /** The revision to go on from; 0n: a snapshot first. */
  #next = 0n;
  #inSnapshot = false;

  constructor(told: ToldHost, picture: BrokerPicture, counters: SourceCounters) {
    this.#told = told;
    this.#picture = picture;
    this.#counters = counters;
  }

  /** Rejects with PortleaseError when it ends. `heard`: something came. */
  async follow(channel: BrokerChannel, signal: AbortSignal, heard: () => void): Promise<void> {
    let resumed = this.#next > 0n;
    const request = {
      filter: "",
      startRevision: this.#next,
      bookmarkInterval: { seconds: BigInt(bookmarkEverySeconds), nanos: 0 },
    };
    const method = LeaseServiceService.watchLeases;
    try {
      for await (const { message } of channel.stream(method, request, { silentMsMax, signal })) {
        if (signal.aborted) return;
        heard();
        if (resumed) this.#counters.resumes += 1;
        resumed = false;
        if (message !== undefined) this.#take(message);
      }
      throw new PortleaseError("UNAVAILABLE", "the broker ended the watch of its leases");
    } catch (error) {
      if (error instanceof PortleaseError && error.code === "OUT_OF_RANGE") {
        this.#counters.compactions += 1;
        this.#next = 0n;
      }
      throw error;
    } finally {
      if (this.#inSnapshot) this.#told.abandonSnapshot();
      this.#inSnapshot = false;
    }
  }

  #take(message: NonNullable<WatchLeasesResponse["message"]>): void {
    switch (message.$case) {
      case "snapshot":
        this.#takeSnapshot(message.value);
        break;
      case "event":
        this.#counters.events += 1;
        if (message.value.lease !== undefined) this.#takeLease(message.value.lease);
        this.#next = message.value.revision + 1n;
        break;
      case "bookmark":
        this.#next = message.value.revision + 1n;
    }
  }

  #takeSnapshot({ leases, complete, revision }: LeaseSnapshot): void {
    if (!this.#inSnapshot) this.#told.beginSnapshot();
    this.#inSnapshot = true;
    for (const lease of leases) this.#takeLease(lease);
    if (!complete) return;
    this.#told.endSnapshot();
    this.#inSnapshot = false;
    this.#counters.snapshots += 1;
    this.#next = revision + 1n;
  }

  /** What no broker would call a lease is none. */
  #takeLease(lease: Lease): void {
    if (!isLeaseId(lease.leaseId)) return;
    if (lease.state === Lease_State.STATE_ENDED) {
      this.#told.removeLease(lease.leaseId);
      return;
    }
    const protocol = protocolOf(lease.protocol);
    const draining = this.#picture.drains({ protocol, port: lease.port });
    this.#told.putLease(lease.leaseId, leaseRecord(lease, draining));
  }
}
