// Takes a whole run of ports for a block: at a given place, at a place to be found, or again after a restart.
// Gives back everything that it took when it cannot have the whole.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { PortRun } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import type { PortHolds } from "./claim-port.js";
import { closeInSlices, portsPerSlice } from "./held-block.js";

/** A run with what holds it: a descriptor per port, `null` for a port that could not be covered. */
export interface ClaimedRun {
  readonly run: PortRun;
  readonly descriptors: readonly (number | null)[];
}

/** The port that stopped a claim, and why, to go after "port N: ". */
export interface TakenPort {
  readonly port: number;
  readonly reason: string;
}

/** A new block: every port must be free. */
export async function claimNewRun(holds: PortHolds, run: PortRun): Promise<ClaimedRun | TakenPort> {
  const claimed: number[] = [];
  let complete = false;
  try {
    for (let offset = 0; offset < run.portCount; offset += 1) {
      if (offset > 0 && offset % portsPerSlice === 0) await nextTurn();
      const port = run.firstPort + offset;
      const { descriptor, check } = holds.claim(port);
      if (descriptor !== null) claimed.push(descriptor);
      if (check.state === "in-use") return { port, reason: check.reason };
    }
    complete = true;
    return { run, descriptors: claimed };
  } finally {
    if (!complete) await closeInSlices(holds, claimed);
  }
}

/**
 * A block that comes back after a restart. Leased ports are covered beside their holders at once, or left to them where they are
 * lent; every other port must be free or stays uncovered. Nothing refuses the block.
 */
export async function claimRunAgain(
  holds: PortHolds,
  run: PortRun,
  leasedPorts: ReadonlySet<number>,
  lent: boolean,
): Promise<ClaimedRun> {
  const descriptors: (number | null)[] = [];
  let complete = false;
  try {
    for (let offset = 0; offset < run.portCount; offset += 1) {
      if (offset > 0 && offset % portsPerSlice === 0) await nextTurn();
      const port = run.firstPort + offset;
      const ofLessee = (): number | null => (lent ? null : holds.cover(port));
      descriptors.push(leasedPorts.has(port) ? ofLessee() : claimIfFree(holds, port));
    }
    complete = true;
    return { run, descriptors };
  } finally {
    if (!complete) {
      await closeInSlices(
        holds,
        descriptors.filter((descriptor) => descriptor !== null),
      );
    }
  }
}

/** A port that somebody else has is left alone, not held beside them: it shows as uncovered until it is free. */
function claimIfFree(holds: PortHolds, port: number): number | null {
  const { descriptor, check } = holds.claim(port);
  if (check.state === "free" || descriptor === null) return descriptor;
  holds.close(descriptor);
  return null;
}

/**
 * The first run of `portCount` free ports in `places`; `null` when there is none. Each port is tried once per place:
 * a taken port makes the search go on behind it.
 */
export async function claimFreeRun(
  holds: PortHolds,
  places: readonly PortRun[],
  portCount: number,
): Promise<ClaimedRun | null> {
  for (const place of places) {
    const found = await claimFreeRunIn(holds, place, portCount);
    if (found !== null) return found;
  }
  return null;
}

async function claimFreeRunIn(
  holds: PortHolds,
  place: PortRun,
  portCount: number,
): Promise<ClaimedRun | null> {
  let claimed: number[] = [];
  let complete = false;
  try {
    for (let offset = 0; offset < place.portCount; offset += 1) {
      if (offset > 0 && offset % portsPerSlice === 0) await nextTurn();
      // Too little of the place is left for the whole run.
      if (claimed.length + place.portCount - offset < portCount) return null;
      const port = place.firstPort + offset;
      const descriptor = claimIfAllowed(holds, port);
      if (descriptor === null) {
        const before = claimed;
        claimed = [];
        await closeInSlices(holds, before);
        continue;
      }
      claimed.push(descriptor);
      if (claimed.length < portCount) continue;
      complete = true;
      return { run: { firstPort: port - portCount + 1, portCount }, descriptors: claimed };
    }
    return null;
  } finally {
    if (!complete) await closeInSlices(holds, claimed);
  }
}

/** A port that this user may not bind is no reason to give up the search. */
function claimIfAllowed(holds: PortHolds, port: number): number | null {
  try {
    return holds.claimUntouched(port);
  } catch (error) {
    if (error instanceof NativeError && error.code === "ACCESS_DENIED") return null;
    throw error;
  }
}
