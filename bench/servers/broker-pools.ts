// The pools of a broker that is measured, and what so many ports take of the system.

import { readFileSync } from "node:fs";
import { isInOwnNetwork } from "../own-network.js";

export interface PoolSettings {
  readonly name: string;
  readonly size: number;
  readonly quarantine: string;
  readonly kind?: "administered";
  readonly start?: number;
}

export interface BrokerPools {
  readonly pools: readonly PoolSettings[];
  /** For people: what is different from the default. */
  readonly note: string;
}

/** Away from the ports of the peers, which would try each that is held; in the network of the host the broker looks for a place. */
const where = isInOwnNetwork() ? { start: 2_000 } : {};

/**
 * All else is the default. A broker can grant at most (ports / quarantine) leases a second for long: with the default rest
 * of 5 s these ports would be used up within a second.
 */
export const callsPools: BrokerPools = {
  pools: [{ name: "default", size: 8_192, quarantine: "100ms", ...where }],
  note: "a pool of 8,192 ports that rest for 100 ms",
};

/** What a broker needs besides the descriptors of the ports that it holds. */
const otherDescriptors = 1_000;

/** A pool for very many leases. Throws, and says what to do, where the system does not give so many ports to one process. */
export function manyPorts(ports: number): BrokerPools {
  const pool = { name: "default", size: ports, quarantine: "100ms" } as const;
  const descriptors = descriptorsMax();
  if (descriptors === null || descriptors >= ports + otherDescriptors) {
    return { pools: [pool], note: `a pool of ${ports} ports` };
  }
  // Its list of reserved ports is the network's: https://docs.kernel.org/networking/ip-sysctl.html (ip_local_reserved_ports)
  if (!isInOwnNetwork()) {
    throw new Error(
      `the broker may have ${descriptors} files open, and holds ${ports} ports by one each: raise the limit (ulimit -Hn), ` +
        "or measure fewer leases (--leases)",
    );
  }
  return {
    pools: [{ ...pool, kind: "administered" }],
    note: `a pool of ${ports} administered ports, since a process may have ${descriptors} files open here`,
  };
}

/** The hard limit, up to which Node raises the soft one; `null` where there is none. */
function descriptorsMax(): number | null {
  if (process.platform !== "linux") return null;
  // https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
  const limits = readFileSync("/proc/self/limits", "latin1");
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? null : Number(hard);
}
