// The pools of a broker that is measured, and what so many ports take of the system.

import { readFileSync } from "node:fs";
import { isInOwnNetwork } from "../own-network.js";

export interface PoolSettings {
  readonly name: string;
  readonly size: number;
  readonly quarantine: string;
  readonly start?: number;
}

export interface BrokerPools {
  readonly pools: readonly PoolSettings[];
  /** For people: what is different from the default. */
  readonly note: string;
}

/**
 * Away from the ports of the peers, which would try each that is held, and with so many behind it that 60,000 are in a row. In the
 * network of the host the broker looks for a place itself.
 */
const where = isInOwnNetwork() ? { start: 2_000 } : {};

/**
 * All else is the default. A broker can grant at most (ports / quarantine) leases a second for long: with the default rest
 * of 5 s these ports would be used up within a second.
 */
export const callsPools: BrokerPools = {
  pools: [{ name: "default", size: 8_192, quarantine: "100ms", ...where }],
  note: "a pool of 8,192 ports that rest for 100 ms",
};

/** What a broker needs besides the open files of the ports that it holds, clients among them. */
const otherFiles = 1_000;

/** One that is for so many leases, and for no more than that. */
export function poolFor(ports: number): BrokerPools {
  return {
    pools: [{ name: "default", size: ports, quarantine: "100ms", ...where }],
    note: `a pool of ${ports} ports`,
  };
}

export interface ManyLeases {
  /** As many as are wanted, or as there can be here. */
  readonly leases: number;
  readonly pools: BrokerPools;
}

/** A pool for very many leases, and for some `others`. A port that is held takes an open file, of which a process may have so many. */
export function manyLeases(wanted: number, others: number): ManyLeases {
  const files = openFilesMax();
  const leases = Math.min(wanted, files - otherFiles - others);
  const pools = poolFor(leases + others);
  if (leases === wanted) return { leases, pools };
  const why = `not of ${wanted} leases, since each port takes an open file, and a process may have ${files} here (ulimit -Hn)`;
  return { leases, pools: { ...pools, note: `${pools.note}: ${why}` } };
}

/** The hard limit, up to which Node raises the soft one; infinite where there is none. */
function openFilesMax(): number {
  if (process.platform !== "linux") return Infinity;
  // https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
  const limits = readFileSync("/proc/self/limits", "latin1");
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? Infinity : Number(hard);
}
