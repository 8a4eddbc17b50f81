// Runs of neighbouring ports in the same state: all of a block's, or those that differ from how the block was before.

import type { BlockPorts } from "./port-states.js";

export interface StateRun {
  readonly blockId: string;
  readonly firstPort: number;
  readonly portCount: number;
  /** One of portStates. */
  readonly state: number;
}

/** By first port. */
export function runsOf(now: BlockPorts): readonly StateRun[] {
  return collectRuns(now, () => true);
}

/** Only of ports whose state is another than before; all of them for a block that has other ports than before. */
export function changedRuns(before: BlockPorts | undefined, now: BlockPorts): readonly StateRun[] {
  if (before === now) return [];
  if (before?.ports.firstPort !== now.ports.firstPort) return runsOf(now);
  const states = before.states;
  if (states.length !== now.states.length) return runsOf(now);
  return collectRuns(now, (index) => states[index] !== now.states[index]);
}

function collectRuns(
  { blockId, ports, states }: BlockPorts,
  counts: (index: number) => boolean,
): readonly StateRun[] {
  const runs: StateRun[] = [];
  let firstIndex = 0;
  let portCount = 0;
  const end = (): void => {
    if (portCount === 0) return;
    const state = states[firstIndex] ?? 0;
    runs.push({ blockId, firstPort: ports.firstPort + firstIndex, portCount, state });
    portCount = 0;
  };
  for (let index = 0; index < states.length; index += 1) {
    const inRun = counts(index);
    if (!inRun || states[index] !== states[firstIndex]) end();
    if (!inRun) continue;
    if (portCount === 0) firstIndex = index;
    portCount += 1;
  }
  end();
  return runs;
}
