// The pools of a broker that is measured, and what so many ports take of the system.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface PoolSettings {
  readonly name: string;
  readonly size: number;
  readonly quarantine: string;
  readonly kind?: "administered";
  readonly start?: number;
}

export interface BrokerPools {
  readonly pools: readonly PoolSettings[];
  /** In a network of its own, where all ports are free, and by a local socket. */
  readonly apart: boolean;
  /** For people: what is different from the default. */
  readonly note: string;
}

/**
 * All else is the default. A broker can grant at most (ports / quarantine) leases a second for long: with the default rest
 * of 5 s these ports would be used up within a second.
 */
export const callsPools: BrokerPools = poolOf(8_192, "a pool of 8,192 ports that rest for 100 ms");

/** What a broker needs besides the descriptors of the ports that it holds. */
const otherDescriptors = 1_000;

/** Where the ports of a network of its own begin: below are those that only root may bind. */
const apartFirstPort = 2_000;

/** A pool for very many leases. Throws, and says what to do, where the system does not give so many ports to one process. */
export function manyPorts(ports: number): BrokerPools {
  const held = poolOf(ports, `a pool of ${ports} ports`);
  const descriptors = descriptorsMax();
  if (descriptors === null || descriptors >= ports + otherDescriptors) return held;
  if (!canBeApart()) {
    throw new Error(
      `the broker may have ${descriptors} files open, and holds ${ports} ports by one each: raise the limit (ulimit -Hn), ` +
        "or measure fewer leases (--leases)",
    );
  }
  const [pool] = held.pools.map((one) => ({
    ...one,
    kind: "administered" as const,
    start: apartFirstPort,
  }));
  return {
    pools: pool === undefined ? [] : [pool],
    apart: true,
    note: `a pool of ${ports} administered ports in a network of its own, since a process may have ${descriptors} files open here`,
  };
}

/** The command that starts a program in a network of its own, in which it may reserve ports as root does. Linux. */
export function commandApart(command: readonly string[]): readonly string[] {
  return [...unshare(), "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...command];
}

function poolOf(size: number, note: string): BrokerPools {
  return { pools: [{ name: "default", size, quarantine: "100ms" }], apart: false, note };
}

/** The hard limit, up to which Node raises the soft one; `null` where there is none. */
function descriptorsMax(): number | null {
  if (process.platform !== "linux") return null;
  // https://man7.org/linux/man-pages/man5/proc_pid_limits.5.html
  const limits = readFileSync("/proc/self/limits", "latin1");
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  return hard === undefined ? null : Number(hard);
}

function canBeApart(): boolean {
  const [program = "", ...words] = unshare();
  return spawnSync(program, [...words, "ip", "link", "set", "lo", "up"]).status === 0;
}

/** https://man7.org/linux/man-pages/man1/unshare.1.html: with root's rights in that network alone for who is not root. */
function unshare(): readonly string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return ["unshare", ...asRoot, "--net"];
}
