// The fleet as it was last heard: what sources tell goes in, hosts, leases, sums and problems come out, and what has changed since a
// reader looked. Pure: it knows no etcd and no gRPC, and takes the time from a clock.

import type { Clock } from "../../server/domain/boundaries.js";
import type { HostRecord } from "../records/host-record.js";
import type { LeaseRecord } from "../records/lease-record.js";
import type { PresenceRecord } from "../records/presence-record.js";
import type { FleetSink, FleetSnapshot, SourceState, UnreadableEntry } from "./fleet-sink.js";
import type {
  FleetHost,
  FleetLease,
  FleetProblem,
  FleetTotals,
  HostProbe,
  MinuteGrants,
  SourceStatus,
} from "./fleet-entities.js";
import { ChangeList } from "./change-list.js";
import { equalValues } from "./equal-values.js";
import type { FleetReader, LeasePosition, ProbeSink } from "./fleet-reader.js";
import { FleetSums } from "./fleet-sums.js";
import { HostEntry } from "./host-entry.js";
import { problemsOfHost, toldLeadMs } from "./host-problems.js";
import type { LeaseEntry } from "./lease-entry.js";
import { LeaseStock } from "./lease-stock.js";
import { ProblemBoard, worstFirst } from "./problem-board.js";
import { Slots } from "./slots.js";
import { SortedList } from "./sorted-list.js";
import { SourceView } from "./source-view.js";
import { ToldSnapshot } from "./told-snapshot.js";

export class FleetView implements FleetSink, FleetReader, ProbeSink {
  /** Hosts, for who marks what it has seen: each change of a host or of how many leases it has. */
  readonly hostChanges: ChangeList<HostEntry>;
  /** Leases: each change of one, or of whether it is stale. */
  readonly leaseChanges: ChangeList<LeaseEntry>;
  readonly #clock: Clock;
  readonly #source: SourceView;
  readonly #hosts = new SortedList<HostEntry>(({ hostId }) => hostId);
  readonly #leases = new LeaseStock();
  readonly #sums = new FleetSums();
  readonly #board = new ProblemBoard();
  readonly #slots = new Slots();
  #snapshots = 0;
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#source = new SourceView(clock);
    this.#board.invalidate();
    this.leaseChanges = this.#leases.changes;
    this.hostChanges = new ChangeList<HostEntry>(({ gone, slot }) => {
      if (gone) this.#slots.giveBack(slot);
    });
  }

  get changes(): number {
    return this.#changes;
  }

  get hostCount(): number {
    return this.#hosts.items.length;
  }

  get leaseCount(): number {
    return this.#sums.leases;
  }

  // What sources tell.

  putHost(hostId: string, record: HostRecord): void {
    const host = this.#hostFor(hostId);
    host.recordToldIn = this.#snapshots;
    if (host.record !== null && equalValues(host.record, record)) return;
    this.#change(host, () => {
      host.record = record;
      host.leadMs = toldLeadMs(host.leadMs, record.saidWallMs - this.#clock.wallMs());
    });
  }

  removeHost(hostId: string): void {
    const host = this.#hosts.get(hostId);
    if (host === undefined) return;
    for (const lease of host.leaseList.keep(() => false)) this.#dropLease(lease);
    this.#change(host, () => {
      host.record = null;
      host.presence = null;
    });
  }

  putPresence(hostId: string, record: PresenceRecord): void {
    const host = this.#hostFor(hostId);
    host.presenceToldIn = this.#snapshots;
    if (host.presence !== null && equalValues(host.presence, record)) return;
    this.#change(host, () => {
      host.presence = record;
    });
  }

  removePresence(hostId: string): void {
    const host = this.#hosts.get(hostId);
    if (host === undefined || host.presence === null) return;
    this.#change(host, () => {
      host.presence = null;
    });
  }

  putLease(hostId: string, leaseId: string, record: LeaseRecord): void {
    const host = this.#hostFor(hostId);
    const result = this.#leases.put(host, leaseId, record, this.#snapshots);
    if (result === "same") return;
    this.#changes += 1;
    if (result === "changed") return;
    this.#sums.countLeases(host, 1);
    // It says how many it has.
    this.hostChanges.touch(host);
  }

  removeLease(hostId: string, leaseId: string): void {
    const host = this.#hosts.get(hostId);
    const lease = host?.leaseList.get(leaseId);
    if (host === undefined || lease === undefined) return;
    host.leaseList.remove(leaseId);
    this.#dropLease(lease);
    if (host.known) this.hostChanges.touch(host);
    else this.#dropHost(host);
  }

  beginSnapshot(hostId: string | null): FleetSnapshot {
    this.#snapshots += 1;
    const begun = this.#snapshots;
    return new ToldSnapshot(this, () => this.#sweep(hostId, begun));
  }

  setSource(state: SourceState): void {
    if (this.#source.set(state)) this.#ownChange();
  }

  setUnreadable(key: string, entry: UnreadableEntry | null): void {
    if (this.#source.setUnreadable(key, entry)) this.#ownChange();
  }

  heard(): void {
    this.#source.heard();
  }

  setProbe(hostId: string, probe: HostProbe): void {
    const host = this.#hosts.get(hostId);
    if (host?.state !== "not-heard-from" || equalValues(host.probe, probe)) return;
    this.#change(host, () => {
      host.probe = probe;
    });
  }

  // What is shown.

  host(hostId: string): FleetHost | undefined {
    return this.#hosts.get(hostId);
  }

  hosts(after = ""): Iterable<HostEntry> {
    return this.#hosts.after(after);
  }

  lease(hostId: string, leaseId: string): FleetLease | undefined {
    return this.#hosts.get(hostId)?.leaseList.get(leaseId);
  }

  *leases(after: LeasePosition | null = null): Iterable<LeaseEntry> {
    if (after !== null) yield* this.#hosts.get(after.hostId)?.leaseList.after(after.leaseId) ?? [];
    for (const host of this.#hosts.after(after?.hostId ?? "")) yield* host.leaseList.after("");
  }

  leasesOf(hostId: string): readonly FleetLease[] {
    return [...(this.#hosts.get(hostId)?.leases ?? [])];
  }

  leasesOfService(service: string): readonly FleetLease[] {
    return [...this.#leases.ofService(service)].toSorted(byHostAndLease);
  }

  leasesAtPort(port: number): readonly FleetLease[] {
    return [...this.#leases.atPort(port)].toSorted(byHostAndLease);
  }

  totals(): FleetTotals {
    return this.#sums.totals();
  }

  grants(): readonly MinuteGrants[] {
    return this.#sums.grants(this.#clock.wallMs());
  }

  problems(): readonly FleetProblem[] {
    return this.#board.worstFirst(this.#source.problems(), this.#hosts.items);
  }

  problemsOf(hostId: string): readonly FleetProblem[] {
    if (hostId === "") return this.#source.problems();
    return this.#hosts.get(hostId)?.problems ?? [];
  }

  source(): SourceStatus {
    return this.#source.status();
  }

  staleAgeMs({ state, lastHeardWallMs }: FleetHost): number | null {
    if (state === "heard-from" || lastHeardWallMs === null) return null;
    return Math.max(0, this.#clock.wallMs() - lastHeardWallMs);
  }

  #ownChange(): void {
    this.#changes += 1;
    this.#board.invalidate();
  }

  #hostFor(hostId: string): HostEntry {
    const known = this.#hosts.get(hostId);
    if (known !== undefined) return known;
    const host = new HostEntry(hostId, this.#slots.take());
    this.#hosts.add(host);
    this.#sums.add(host);
    this.#setProblems(host);
    return host;
  }

  #change(host: HostEntry, apply: () => void): void {
    const { state, lastHeardWallMs } = host;
    this.#changes += 1;
    this.#sums.remove(host);
    apply();
    if (host.state !== "not-heard-from") host.probe = null;
    this.#sums.add(host);
    this.#setProblems(host);
    const stale = host.state !== "heard-from";
    // Its leases say for how long it has not been heard.
    if (host.state !== state || (stale && host.lastHeardWallMs !== lastHeardWallMs)) {
      for (const lease of host.leaseList.items) this.#leases.changes.touch(lease);
    }
    if (host.known) this.hostChanges.touch(host);
    else this.#dropHost(host);
  }

  #setProblems(host: HostEntry): void {
    const problems = worstFirst(problemsOfHost(host), host);
    if (equalValues(problems, host.problems)) return;
    host.problems = problems;
    this.#board.invalidate();
  }

  #dropHost(host: HostEntry): void {
    this.#hosts.remove(host.hostId);
    this.#sums.remove(host);
    if (host.problems.length > 0) this.#board.invalidate();
    host.gone = true;
    this.hostChanges.touch(host);
  }

  #dropLease(lease: LeaseEntry): void {
    this.#changes += 1;
    this.#sums.countLeases(lease.host, -1);
    this.#leases.drop(lease);
  }

  /** Lets go what was not told since the snapshot began. */
  #sweep(hostId: string | null, begun: number): void {
    const scope = hostId === null ? [...this.#hosts.items] : [this.#hosts.get(hostId)];
    for (const host of scope) if (host !== undefined) this.#sweepHost(host, begun);
  }

  #sweepHost(host: HostEntry, begun: number): void {
    const untold = host.leaseList.keep(({ toldIn }) => toldIn >= begun);
    for (const lease of untold) this.#dropLease(lease);
    const recordGoes = host.record !== null && host.recordToldIn < begun;
    const presenceGoes = host.presence !== null && host.presenceToldIn < begun;
    if (untold.length === 0 && !recordGoes && !presenceGoes) return;
    this.#change(host, () => {
      if (recordGoes) {
        host.record = null;
        host.leadMs = 0;
      }
      if (presenceGoes) host.presence = null;
    });
  }
}

function byHostAndLease(one: FleetLease, other: FleetLease): number {
  return compare(one.host.hostId, other.host.hostId) || compare(one.leaseId, other.leaseId);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
