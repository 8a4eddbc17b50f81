// The pools of all hosts that will be exhausted first.

import type { PortUsage } from "../../api/messages.js";
import type { Host } from "../api/fleet-messages.js";

export interface FleetPool {
  readonly hostId: string;
  readonly pool: string;
  readonly usage: PortUsage;
  readonly waitingRequests: number;
}

/** The fullest first, at most `count`; of hosts that are heard from, since nothing is leased from the others. Empty pools are none. */
export function fullestPools(hosts: readonly Host[], count: number): readonly FleetPool[] {
  const pools = hosts
    .filter(({ state }) => state === "STATE_HEARD_FROM")
    .flatMap(({ hostId, pools: its }) =>
      its.flatMap(({ pool, usage, waitingRequests }) =>
        usage === undefined || usage.total === 0 ? [] : [{ hostId, pool, usage, waitingRequests }],
      ),
    );
  return pools.toSorted(byNeed).slice(0, count);
}

/** Who has requests that wait is worse off than who is only full. */
function byNeed(a: FleetPool, b: FleetPool): number {
  return (
    freeShare(a) - freeShare(b) ||
    b.waitingRequests - a.waitingRequests ||
    a.hostId.localeCompare(b.hostId)
  );
}

function freeShare({ usage }: FleetPool): number {
  return usage.free / usage.total;
}
