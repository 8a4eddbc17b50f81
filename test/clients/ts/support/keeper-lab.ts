// A LeaseKeeper on fake time and fake streams, and leases that write down what they are told.

import { LeaseKeeper } from "#client/lease-keeper.js";
import type { KeptLease } from "#client/kept-lease.js";
import { granted } from "#client/lease-track.js";
import { FakeStreams, type FakeStream } from "./fake-streams.js";
import { FakeTime } from "./fake-time.js";

export const testTtlMs = 30_000;

export interface LabLease {
  readonly kept: KeptLease;
  /** What the lease was told, oldest first: states, "renewed", "drain", "reservations", "warned". */
  readonly told: string[];
}

export class KeeperLab {
  readonly time = new FakeTime();
  readonly streams = new FakeStreams();
  readonly logged: string[] = [];
  readonly keeper = new LeaseKeeper({
    clock: this.time,
    timers: this.time,
    // No jitter: renewals at exactly a third of the TTL, backoff at half of its bound.
    random: () => 0,
    openStream: this.streams.open,
    log: (level, message, fields) =>
      this.logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
  });

  get stream(): FakeStream {
    return this.streams.current;
  }

  /** A lease that was granted just now. */
  keep(leaseId: string, ttlMs: number = testTtlMs): LabLease {
    const told: string[] = [];
    const track = granted(this.time.monotonicMs(), ttlMs, 0);
    const kept = this.keeper.keep(leaseId, `key of ${leaseId}`, track, {
      changed: (state, { end }) =>
        told.push(end?.state === "lost" ? `${state} ${end.reason}` : state),
      renewed: () => told.push("renewed"),
      reservationsChanged: () => told.push("reservations"),
      warned: () => told.push("warned"),
      drainAsked: () => told.push("drain"),
    });
    return { kept, told };
  }

  /** A lease whose first renewal was answered: it is subscribed to news. */
  settled(leaseId: string, ttlMs: number = testTtlMs): LabLease {
    const lease = this.keep(leaseId, ttlMs);
    this.time.advance(20);
    this.stream.answer(ttlMs);
    lease.told.splice(0);
    return lease;
  }

  /** The ids in each batch on the current stream, oldest first. */
  get batches(): readonly (readonly string[])[] {
    return this.stream.batches.map((leases) => leases.map(({ leaseId }) => leaseId));
  }
}
