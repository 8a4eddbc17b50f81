// What a holder knows of how its ports are reserved. Tokens change (a reboot, a restart, a port that is covered again), and a
// holder that does not know the new one cannot bind. Only in memory: after a restart nobody is taken to know anything.

import type { BlockReservation } from "./boundaries.js";
import type { ActiveLease, ToldReservations } from "./lease-table.js";
import type { PortRange } from "./port-range.js";

/** What the answer to a grant says. `null` for kinds without tokens, of which there is never any news. */
export function toldAtGrant(
  reservation: BlockReservation,
  ports: PortRange,
): ToldReservations | null {
  if (!hasTokens(reservation)) return null;
  return { fingerprint: fingerprintOf(reservation, ports), repeatUntilMs: -Infinity };
}

/**
 * Whether the answer to a renewal must say how the ports are reserved. News is said for as long as the lease lasts at its
 * first telling: a holder that got none of those answers has lost its lease by its own clock.
 */
export function tellAtRenewal(lease: ActiveLease, nowMs: number): boolean {
  const { reservation } = lease.block;
  if (!hasTokens(reservation)) return false;
  const fingerprint = fingerprintOf(reservation, lease.record.ports);
  if (lease.told?.fingerprint === fingerprint) return nowMs < lease.told.repeatUntilMs;
  lease.told = { fingerprint, repeatUntilMs: lease.deadlineMs };
  return true;
}

export function hasTokens({ bindMethod }: BlockReservation): boolean {
  return bindMethod === "associate" || bindMethod === "handoff";
}

function fingerprintOf(reservation: BlockReservation, { firstPort, lastPort }: PortRange): string {
  const parts = new Set<string>();
  for (let port = firstPort; port <= lastPort; port += 1) {
    for (const { protocol, token, ...run } of reservation.reservationsOf(port)) {
      const covered = token === 0n ? `${port}` : `${run.firstPort}+${run.portCount}`;
      parts.add(`${protocol} ${covered} ${token}`);
    }
  }
  return [...parts].join(", ");
}
