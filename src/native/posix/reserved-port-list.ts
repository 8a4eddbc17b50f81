// The kernel's list of ports that it never picks by itself, net.ipv4.ip_local_reserved_ports: read, added to and taken from. It is
// one list for all programs and both protocols of a network namespace, it needs root to change, and a reboot empties it.
// https://docs.kernel.org/networking/ip-sysctl.html (ip_local_reserved_ports)

import { readFileSync, writeFileSync } from "node:fs";
import type { PortRun } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { lastPortOf } from "../port-runs.js";
import { parsePortList } from "./sysctl.js";

const listPath = "/proc/sys/net/ipv4/ip_local_reserved_ports";
/** Another program may write the whole list between our read and our write. */
const triesMax = 5;

export class ReservedPortList {
  readonly #path: string;

  /** `path` is another file in tests. */
  constructor(path: string = listPath) {
    this.#path = path;
  }

  /** Disjoint runs in rising order, adjacent ones merged. Throws NativeError when the list cannot be read. */
  read(): readonly PortRun[] {
    const runs = parsePortList(this.#text());
    if (runs !== null) return merged(runs);
    throw new NativeError(
      "OS_ERROR",
      `${this.#path} holds what portlease cannot read as a list of ports. Look at it: sysctl net.ipv4.ip_local_reserved_ports`,
      { api: "sysctl" },
    );
  }

  /** Whether every port of the run is in the list. */
  has(run: PortRun): boolean {
    return missingFrom(this.read(), run).length === 0;
  }

  /** A no-op for ports that are there. Throws NativeError, ACCESS_DENIED without the rights. */
  add(run: PortRun): void {
    this.#change(
      run,
      (runs) => merged([...runs, run]),
      "add",
      () => this.has(run),
    );
  }

  /** Takes out those of the run's ports that are there; says how many. Throws NativeError, ACCESS_DENIED without the rights. */
  remove(run: PortRun): number {
    const there = run.portCount - countOf(missingFrom(this.read(), run));
    if (there === 0) return 0;
    this.#change(
      run,
      (runs) => runs.flatMap((other) => without(other, run)),
      "take out",
      () => countOf(missingFrom(this.read(), run)) === run.portCount,
    );
    return there;
  }

  #change(
    run: PortRun,
    change: (runs: readonly PortRun[]) => readonly PortRun[],
    what: string,
    isDone: () => boolean,
  ): void {
    for (let tries = 0; tries < triesMax && !isDone(); tries += 1) {
      this.#write(formatPortList(change(this.read())), run, what);
    }
    if (isDone()) return;
    throw new NativeError(
      "OS_ERROR",
      `Ports ${formatRun(run)} could not be ${what === "add" ? "added to" : "taken out of"} ${this.#path}: another program keeps ` +
        "writing it. Find out which one manages net.ipv4.ip_local_reserved_ports, and try again.",
      { api: "sysctl", port: run.firstPort },
    );
  }

  #text(): string {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      throw this.#failure("read", error);
    }
  }

  #write(text: string, run: PortRun, what: string): void {
    try {
      // An empty write changes nothing; a newline empties the list.
      writeFileSync(this.#path, `${text}\n`);
    } catch (error) {
      throw this.#failure(`${what} ports ${formatRun(run)}`, error);
    }
  }

  #failure(what: string, error: unknown): NativeError {
    const { code = "", errno = 0 } = error as NodeJS.ErrnoException;
    const denied = code === "EACCES" || code === "EPERM" || code === "EROFS";
    return new NativeError(
      denied ? "ACCESS_DENIED" : "OS_ERROR",
      `The kernel's list of reserved ports could not be changed or read (${what}, ${this.#path}: ${code}). ` +
        (denied
          ? "Changing it needs root in the broker's network namespace, and a /proc/sys that is not read-only. Run the broker as root, or use kind held."
          : "Use kind held where the kernel has no such list."),
      { api: "sysctl", errorNumber: Math.abs(errno), errorName: code },
    );
  }
}

/** "8080,9148-9150", as the kernel takes it. */
export function formatPortList(runs: readonly PortRun[]): string {
  return runs.map(formatRun).join(",");
}

/** Those parts of the run that are in none of the others, which must be disjoint. */
export function missingFrom(runs: readonly PortRun[], run: PortRun): readonly PortRun[] {
  let parts: readonly PortRun[] = [run];
  for (const other of runs) parts = parts.flatMap((part) => without(part, other));
  return parts;
}

function without(run: PortRun, taken: PortRun): readonly PortRun[] {
  const before = {
    firstPort: run.firstPort,
    lastPort: Math.min(lastPortOf(run), taken.firstPort - 1),
  };
  const after = {
    firstPort: Math.max(run.firstPort, lastPortOf(taken) + 1),
    lastPort: lastPortOf(run),
  };
  return [before, after]
    .filter(({ firstPort, lastPort }) => firstPort <= lastPort)
    .map(({ firstPort, lastPort }) => ({ firstPort, portCount: lastPort - firstPort + 1 }));
}

function merged(runs: readonly PortRun[]): readonly PortRun[] {
  const result: { firstPort: number; portCount: number }[] = [];
  for (const { firstPort, portCount } of runs.toSorted((a, b) => a.firstPort - b.firstPort)) {
    const last = result.at(-1);
    if (last === undefined || firstPort > lastPortOf(last) + 1) {
      result.push({ firstPort, portCount });
      continue;
    }
    last.portCount = Math.max(last.portCount, firstPort + portCount - last.firstPort);
  }
  return result;
}

function countOf(runs: readonly PortRun[]): number {
  return runs.reduce((sum, { portCount }) => sum + portCount, 0);
}

function formatRun(run: PortRun): string {
  return run.portCount === 1 ? `${run.firstPort}` : `${run.firstPort}-${lastPortOf(run)}`;
}
