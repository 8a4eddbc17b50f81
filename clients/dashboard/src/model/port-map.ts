// The states of a block's ports: one byte each, filled from the runs that the broker sends. A map never changes; what comes is
// a new one, so that whoever draws it can compare.

import type { PortRun } from "../api/messages.js";
import { portStateCode } from "./port-states.js";

export interface PortMap {
  readonly firstPort: number;
  /** The state of firstPort + index, as portStates numbers them. */
  readonly states: Uint8Array;
}

/** All unknown. */
export function emptyPortMap(firstPort: number, portCount: number): PortMap {
  return { firstPort, states: new Uint8Array(portCount) };
}

/** The map with these runs written over it; what lies outside of the block is ignored. */
export function withRuns(map: PortMap, runs: readonly PortRun[]): PortMap {
  if (runs.length === 0) return map;
  const states = map.states.slice();
  for (const { firstPort, portCount, state } of runs) {
    const begin = Math.max(0, firstPort - map.firstPort);
    const end = Math.min(states.length, firstPort + portCount - map.firstPort);
    if (begin < end) states.fill(portStateCode(state), begin, end);
  }
  return { firstPort: map.firstPort, states };
}

/** How many ports are in each state, by the number of the state. */
export function countStates(map: PortMap): readonly number[] {
  const counts = Array.from({ length: 9 }, () => 0);
  for (const state of map.states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
