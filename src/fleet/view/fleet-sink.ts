// What a source of the fleet's view tells: hosts, their presence and their leases, as they come. Sources know nothing of the view
// behind it.

import type { HostRecord } from "../records/host-record.js";
import type { LeaseRecord } from "../records/lease-record.js";
import type { PresenceRecord } from "../records/presence-record.js";

/** Keys may come in any order: a lease before its host, a presence without one. Telling the same again changes nothing. */
export interface FleetChanges {
  putHost(hostId: string, record: HostRecord): void;
  /** With it go its presence and its leases. A no-op for an unknown one. */
  removeHost(hostId: string): void;
  /** From now on it is heard from. */
  putPresence(hostId: string, record: PresenceRecord): void;
  removePresence(hostId: string): void;
  putLease(hostId: string, leaseId: string, record: LeaseRecord): void;
  removeLease(hostId: string, leaseId: string): void;
}

/** Everything that is known now, told bit by bit: what was known before stays until `end`, and goes then unless it was told again. */
export interface FleetSnapshot extends Pick<FleetChanges, "putHost" | "putPresence" | "putLease"> {
  end(): void;
  /** It broke off: nothing goes. */
  abandon(): void;
}

export interface SourceState {
  readonly connected: boolean;
  /** Why not, as a sentence; "" when it is. */
  readonly detail: string;
}

/** An entry of the source that cannot be understood. */
export interface UnreadableEntry {
  readonly key: string;
  /** As the rest of a sentence: "its port is 70000, and ports are 1 to 65535". */
  readonly why: string;
}

export interface FleetSink extends FleetChanges {
  /** `hostId`: only of this host; `null`: of the whole fleet. Changes that come meanwhile count as told, too. */
  beginSnapshot(hostId: string | null): FleetSnapshot;
  setSource(state: SourceState): void;
  /** `entry`: what is the matter with it; `null`: nothing any more, or it is gone. Each key counts once. */
  setUnreadable(key: string, entry: UnreadableEntry | null): void;
  /** The source was heard: what the view shows is of now. */
  heard(): void;
}
