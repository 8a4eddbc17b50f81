// What keeps the fleet from hearing of this broker, worded for people.

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

/** `why`: what etcd said last. */
export function unreachable(why: string, sinceWallMs: number, forMs: number): FoundProblem {
  const since = new Date(sinceWallMs).toISOString();
  return {
    severity: forMs < patienceMs ? "info" : "warning",
    parts: {
      reason: "FLEET_UNREACHABLE",
      message: `the fleet has not heard of this broker since ${since}; ports are leased all the same: ${why}`,
      remedy:
        "see that etcd runs, and that this host reaches it and may write (fleet.* in the configuration); the broker tells it " +
        "everything by itself then",
    },
  };
}
