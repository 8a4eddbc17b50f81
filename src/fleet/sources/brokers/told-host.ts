// A broker of the list as the sink knows it: its host, whether it is heard from, and its leases. Keeps all of it, so that the host can
// be told anew under another id.

import type { PresenceRecord } from "../../records/presence-record.js";
import type { HostRecord, ProblemRecord } from "../../records/host-record.js";
import type { LeaseRecord } from "../../records/lease-record.js";
import type { FleetSink, FleetSnapshot } from "../../view/fleet-sink.js";
import type { Clock } from "../../../server/domain/boundaries.js";
import type { BrokerPicture } from "./broker-picture.js";
import { leasesPerBrokerMax, LeftOutLeases } from "./left-out-leases.js";

/** How old what is told of the last time heard may get: as with brokers that publish. */
const tellAgainAfterMs = 30_000;

export class ToldHost {
  readonly #sink: FleetSink;
  readonly #clock: Clock;
  readonly #picture: BrokerPicture;
  readonly #leftOut: LeftOutLeases;
  readonly #leasesMax: number;
  #hostId: string;
  #present = false;
  #unheard: ProblemRecord | null = null;
  #saidWallMs = 0;
  #toldMs = -Infinity;
  #leases = new Map<string, LeaseRecord>();
  #snapshot: { readonly told: FleetSnapshot; readonly leases: Map<string, LeaseRecord> } | null =
    null;

  /** Told at once, as a host that is not heard from. `leasesMax`: for tests. */
  constructor(
    sink: FleetSink,
    clock: Clock,
    picture: BrokerPicture,
    hostId: string,
    leasesMax = leasesPerBrokerMax,
  ) {
    this.#sink = sink;
    this.#clock = clock;
    this.#picture = picture;
    this.#leftOut = new LeftOutLeases(sink, leasesMax);
    this.#leasesMax = leasesMax;
    this.#hostId = hostId;
    this.#tellHost();
  }

  get hostId(): string {
    return this.#hostId;
  }

  /** First half of a change of its id, after which another host may have the old one. */
  withdraw(): void {
    this.#snapshot?.told.abandon();
    this.#leftOut.clear();
    this.#sink.removeHost(this.#hostId);
  }

  /** Second half: everything is told anew. */
  tellAs(hostId: string): void {
    this.#hostId = hostId;
    this.#tellAll(this.#leases).end();
    this.#leftOut.end(hostId);
    const began = this.#snapshot;
    if (began !== null) this.#snapshot = { ...began, told: this.#tellAll(began.leases) };
  }

  /** Its broker says something. `changed`: something that its record shows. */
  heard(changed: boolean): void {
    this.#saidWallMs = this.#clock.wallMs();
    const back = !this.#present || this.#unheard !== null;
    this.#unheard = null;
    if (changed || back || this.#clock.monotonicMs() - this.#toldMs >= tellAgainAfterMs) {
      this.#tellHost();
    }
    if (this.#present) return;
    this.#present = true;
    this.#sink.putPresence(this.#hostId, this.#presence());
  }

  /** It cannot be reached now; whether it is still there is yet to be seen. */
  unheard(problem: ProblemRecord): void {
    this.#unheard = problem;
    this.#tellHost();
  }

  /** It was not heard for so long that it does not count as there. A no-op when it is known already. */
  absent(): void {
    if (!this.#present) return;
    this.#present = false;
    this.#sink.removePresence(this.#hostId);
  }

  /** All leases follow; those that are known stay until `endSnapshot`. */
  beginSnapshot(): void {
    this.abandonSnapshot();
    this.#leftOut.begin();
    const leases = new Map<string, LeaseRecord>();
    this.#snapshot = { told: this.#tellAll(leases), leases };
  }

  endSnapshot(): void {
    if (this.#snapshot === null) return;
    this.#leases = this.#snapshot.leases;
    this.#snapshot.told.end();
    this.#leftOut.end(this.#hostId);
    this.#snapshot = null;
  }

  /** It broke off. A no-op when there is none. */
  abandonSnapshot(): void {
    this.#snapshot?.told.abandon();
    this.#snapshot = null;
  }

  /** Left out, until a snapshot that has room for it, when there are as many others as a broker can have. */
  putLease(leaseId: string, lease: LeaseRecord): void {
    const leases = this.#snapshot?.leases ?? this.#leases;
    if (leases.size >= this.#leasesMax && !leases.has(leaseId)) {
      this.#leftOut.add(this.#hostId);
      return;
    }
    leases.set(leaseId, lease);
    (this.#snapshot?.told ?? this.#sink).putLease(this.#hostId, leaseId, lease);
  }

  removeLease(leaseId: string): void {
    if (this.#leases.delete(leaseId)) this.#sink.removeLease(this.#hostId, leaseId);
  }

  /** Other blocks are drained than before. */
  drainingChanged(): void {
    for (const leases of [this.#leases, this.#snapshot?.leases ?? []]) {
      for (const [leaseId, lease] of leases) {
        const draining = this.#picture.drains(lease);
        if (draining !== lease.draining) this.#replace(leaseId, { ...lease, draining });
      }
    }
  }

  /** It is in the list no more. */
  remove(): void {
    this.withdraw();
    this.#snapshot = null;
  }

  #replace(leaseId: string, lease: LeaseRecord): void {
    for (const leases of [this.#leases, this.#snapshot?.leases]) {
      if (leases?.has(leaseId) === true) leases.set(leaseId, lease);
    }
    this.#sink.putLease(this.#hostId, leaseId, lease);
  }

  #tellHost(): void {
    this.#toldMs = this.#clock.monotonicMs();
    this.#sink.putHost(this.#hostId, this.#record());
  }

  /** A snapshot of what is known, yet to be ended. */
  #tellAll(leases: ReadonlyMap<string, LeaseRecord>): FleetSnapshot {
    const told = this.#sink.beginSnapshot(this.#hostId);
    told.putHost(this.#hostId, this.#record());
    if (this.#present) told.putPresence(this.#hostId, this.#presence());
    for (const [leaseId, lease] of leases) told.putLease(this.#hostId, leaseId, lease);
    return told;
  }

  #presence(): PresenceRecord {
    const { brokerId, startedWallMs } = this.#record();
    return { brokerId, startedWallMs };
  }

  #record(): HostRecord {
    return this.#picture.record(this.#saidWallMs, this.#unheard);
  }
}
