// Arithmetic on runs of ports: range checks and the order in which a free run is looked for. Pure; opens nothing.

import type { PortRun } from "./host-ports.js";
import { NativeError } from "./native-error.js";

export const portMax = 65_535;

/** Below this, ports belong to well-known services and need rights to bind. */
const firstUnprivilegedPort = 1_024;

/**
 * Where the search starts: high enough to miss the ports that people choose by hand (3000, 5432, 8080 ...), low enough to
 * leave a long run below the dynamic ranges of Linux (32768) and Windows (49152).
 */
const preferredFirstPort = 20_000;

/** The last port of a run, inclusive. */
export function lastPortOf(run: PortRun): number {
  return run.firstPort + run.portCount - 1;
}

/** For what is asked of a block about one of its ports: another port, and anything after `release`, is a programmer error. */
export function checkPortOfBlock(block: PortRun, port: number, released: boolean): void {
  if (released) throw new Error(`the block of port ${port} was released`);
  if (Number.isInteger(port) && port >= block.firstPort && port <= lastPortOf(block)) return;
  throw new RangeError(`port ${port} is not in ${block.firstPort}-${lastPortOf(block)}`);
}

/** Throws RANGE_INVALID unless the run lies within 1 to 65535. `firstPort: null` checks the count alone. */
export function checkPortRun(firstPort: number | null, portCount: number): void {
  if (!Number.isInteger(portCount) || portCount < 1 || portCount > portMax) {
    throw new NativeError(
      "RANGE_INVALID",
      `A block of ${portCount} ports is not possible: ports are numbered 1 to ${portMax}. Ask for 1 to ${portMax} ports.`,
    );
  }
  if (firstPort === null) return;
  checkPort(firstPort);
  const lastPort = firstPort + portCount - 1;
  if (lastPort <= portMax) return;
  throw new NativeError(
    "RANGE_INVALID",
    `A block of ${portCount} ports from ${firstPort} would end at ${lastPort}, past the last port ${portMax}. ` +
      `Start at ${portMax - portCount + 1} or lower, or ask for fewer ports.`,
    { port: firstPort },
  );
}

/** Throws RANGE_INVALID unless `port` is 1 to 65535. */
export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= portMax) return;
  throw new NativeError(
    "RANGE_INVALID",
    `${port} is not a port number. Give a whole number from 1 to ${portMax}.`,
    { port },
  );
}

/**
 * The places to look for a free run, in the order of preference: from 20000 up to the dynamic range, above the dynamic range,
 * from 1024 up to 20000, and last anywhere from 1024, for runs so long that they must cross 20000. Ports of `dynamicRange` and
 * `excluded` are cut out. Each place is at least `portCount` long; deterministic.
 */
export function searchOrder(
  portCount: number,
  dynamicRange: PortRun,
  excluded: readonly PortRun[],
): readonly PortRun[] {
  const dynamicLast = lastPortOf(dynamicRange);
  const preferences = [
    runBetween(preferredFirstPort, dynamicRange.firstPort - 1),
    runBetween(Math.max(preferredFirstPort, dynamicLast + 1), portMax),
    runBetween(firstUnprivilegedPort, preferredFirstPort - 1),
    runBetween(firstUnprivilegedPort, portMax),
  ];
  return subtractRuns(preferences, [dynamicRange, ...excluded]).filter(
    (run) => run.portCount >= portCount,
  );
}

/** What is left of `runs` without the ports of `cuts`. */
function subtractRuns(runs: readonly PortRun[], cuts: readonly PortRun[]): readonly PortRun[] {
  return cuts.reduce<readonly PortRun[]>(
    (left, cut) => left.flatMap((run) => subtractRun(run, cut)),
    runs,
  );
}

function subtractRun(run: PortRun, cut: PortRun): readonly PortRun[] {
  const below = runBetween(run.firstPort, Math.min(lastPortOf(run), cut.firstPort - 1));
  const above = runBetween(Math.max(run.firstPort, lastPortOf(cut) + 1), lastPortOf(run));
  return [below, above].filter((part) => part.portCount > 0);
}

function runBetween(firstPort: number, lastPort: number): PortRun {
  return { firstPort, portCount: lastPort - firstPort + 1 };
}
