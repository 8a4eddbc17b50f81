// What the dashboard knows of the fleet, put together from the messages of WatchFleet: everything first, in as many messages as it
// takes, then what has changed. While it comes anew, after a connection was lost, what was known stays until it is complete.

import type { Fleet, FleetProblems, FleetUpdate, Host } from "../api/fleet-messages.js";

export interface FleetState {
  readonly fleet: Fleet | null;
  /** By id. */
  readonly hosts: readonly Host[];
  readonly problems: FleetProblems;
  /** False while the first view of this stream is still coming: there may be more. */
  readonly complete: boolean;
  /** All hosts were known at some time. */
  readonly wasComplete: boolean;
  readonly byId: ReadonlyMap<string, Host>;
  /** What this stream has told so far, while what an earlier one has told is shown; `null` when they are the same. */
  readonly arriving: ReadonlyMap<string, Host> | null;
}

export const nothingKnown: FleetState = {
  fleet: null,
  hosts: [],
  problems: { problems: [], totalSize: 0 },
  complete: false,
  wasComplete: false,
  byId: new Map(),
  arriving: null,
};

/** With the first message of a stream. */
export function beginStream(state: FleetState, update: FleetUpdate): FleetState {
  return applyUpdate({ ...state, arriving: new Map(), complete: false }, update);
}

/** The same state where the message says nothing new: there is one each second. */
export function applyUpdate(state: FleetState, update: FleetUpdate): FleetState {
  if (saysNothingNew(state, update)) return state;
  const { fleet = state.fleet, problems = state.problems } = update;
  const told = withUpdate(state.arriving ?? state.byId, update);
  // Half of the hosts would look as if the others were gone; where none were known, half is better than nothing.
  const byId = update.complete || !state.wasComplete ? told : state.byId;
  return {
    fleet,
    problems,
    complete: update.complete,
    wasComplete: state.wasComplete || update.complete,
    byId,
    hosts: byId === state.byId ? state.hosts : [...byId.values()].toSorted(byHostId),
    arriving: update.complete ? null : told,
  };
}

function saysNothingNew({ arriving, complete }: FleetState, update: FleetUpdate): boolean {
  const { fleet, problems, hosts, removedHostIds } = update;
  const isEmpty = hosts.length === 0 && removedHostIds.length === 0;
  const isAsBefore = arriving === null && complete === update.complete;
  return fleet === undefined && problems === undefined && isEmpty && isAsBefore;
}

function withUpdate(known: ReadonlyMap<string, Host>, update: FleetUpdate): typeof known {
  const { hosts, removedHostIds } = update;
  if (hosts.length === 0 && removedHostIds.length === 0) return known;
  const next = new Map(known);
  for (const hostId of removedHostIds) next.delete(hostId);
  for (const host of hosts) next.set(host.hostId, host);
  return next;
}

function byHostId(a: Host, b: Host): number {
  return a.hostId < b.hostId ? -1 : a.hostId > b.hostId ? 1 : 0;
}
