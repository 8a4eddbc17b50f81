// What keeps the fleet from hearing of this broker, worded for people.

import type { EtcdErrorCode } from "../../etcd/etcd.js";
import type { FoundProblem } from "../live/problem.js";

/** A restart of etcd is shorter than this: before, nobody needs to do anything. */
export const patienceMs = 60_000;

/** `other`: who has it, for people. */
export function hostIdTaken(hostId: string, other: string): FoundProblem {
  return {
    severity: "warning",
    parts: {
      reason: "FLEET_HOST_ID_TAKEN",
      message: `the fleet has another host called "${hostId}" already, of ${other}; this one is not shown there`,
      remedy: "call one of the two otherwise: portlease serve --fleet-host-id NAME",
    },
  };
}

/** What went wrong last. `why`: for people, with what etcd said. `code`: `null` when it did not come from the client of etcd. */
export interface FleetFailure {
  readonly why: string;
  readonly code: EtcdErrorCode | null;
  readonly sinceWallMs: number;
}

/** `forMs`: how long ago it went wrong for the first time. */
export function unreachable(failure: FleetFailure, forMs: number): FoundProblem {
  const since = new Date(failure.sinceWallMs).toISOString();
  const full = failure.code === "no-space";
  const what = full ? "etcd's database is full, and the fleet" : "the fleet";
  return {
    severity: forMs < patienceMs ? "info" : "warning",
    parts: {
      reason: "FLEET_UNREACHABLE",
      message: `${what} has not heard of this broker since ${since}; ports are leased all the same: ${failure.why}`,
      remedy: full ? makeRoom : reachIt,
    },
  };
}

const reachIt =
  "see that etcd runs, and that this host reaches it and may write (fleet.* in the configuration); the broker tells it " +
  "everything by itself then";

// https://etcd.io/docs/v3.4/op-guide/maintenance/#space-quota
const makeRoom =
  "make room: etcdctl compact, defrag and alarm disarm, and then run etcd with --auto-compaction-retention=5m, since it keeps " +
  "every former value otherwise (docs/fleet.md, Room in etcd); the broker tells it everything by itself then";
