// Where a block without a given place may lie, as a sequence of runs to try: picked by portlease, or by the kernel.
// Makes nothing that lasts; whoever takes a run stops asking.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { PortRun, TransportProtocol } from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import { lastPortOf, searchOrder } from "../port-runs.js";
import type { PortTrials } from "./bind-port.js";
import { explainError } from "./error-table.js";
import type { PortSockets, Socket } from "./port-sockets.js";
import { isFailure } from "./reservations.js";
import { win32Error } from "./win32-failure.js";

/** Of Windows since Vista; narrower or wider by netsh. https://learn.microsoft.com/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang */
export const defaultDynamicRange: PortRun = { firstPort: 49_152, portCount: 16_384 };

/** Ports that are tried before other work of the process gets its turn: a few milliseconds. */
const trialsPerSlice = 64;

/** The highest port of the run that cannot be bound now, or `null`. */
export async function lastTakenPort(
  trials: Pick<PortTrials, "tryPort">,
  protocol: TransportProtocol,
  run: PortRun,
): Promise<number | null> {
  for (let offset = run.portCount - 1; offset >= 0; offset -= 1) {
    if (offset % trialsPerSlice === 0) await nextTurn();
    const port = run.firstPort + offset;
    if (trials.tryPort(protocol, port, 0n, 1) !== null) return port;
  }
  return null;
}

/** Disjoint runs of each place outside the dynamic range and the excluded ranges, of which every port can be bound now. */
export async function* freeRuns(
  trials: Pick<PortTrials, "tryPort">,
  protocol: TransportProtocol,
  portCount: number,
  dynamicRange: PortRun | null,
  excluded: readonly PortRun[],
): AsyncGenerator<PortRun> {
  for (const place of searchOrder(portCount, dynamicRange ?? defaultDynamicRange, excluded)) {
    let { firstPort } = place;
    while (firstPort + portCount - 1 <= lastPortOf(place)) {
      const run = { firstPort, portCount };
      const taken = await lastTakenPort(trials, protocol, run);
      if (taken === null) yield run;
      firstPort = (taken ?? lastPortOf(run)) + 1;
    }
  }
}

/**
 * Runs that the kernel picks, each given back just before it is offered: it has a wildcard for runtime reservations only.
 * A run that was lost to somebody in between is acquired again where possible until the end, so that the kernel does not
 * offer it again. Ends when the kernel has none left. Throws NativeError for other failures.
 * https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_range
 */
export function* kernelRuns(
  sockets: PortSockets,
  protocol: TransportProtocol,
  family: IpFamily,
  portCount: number,
): Generator<PortRun> {
  const controls: Socket[] = [];
  const acquire = (firstPort: number | null): PortRun | null => {
    const control = sockets.open(protocol, family);
    controls.push(control);
    const acquired = sockets.acquire(control, firstPort, portCount);
    if (!isFailure(acquired)) return acquired.run;
    const { code } = explainError(acquired.api, acquired.errorNumber);
    if (code === "NO_FREE_RANGE" || code === "PORT_TAKEN") return null;
    throw win32Error(acquired, `for any ${portCount} ports`);
  };
  try {
    for (let run = acquire(null); run !== null; run = acquire(null)) {
      const control = controls.pop();
      if (control !== undefined) sockets.close(control);
      yield run;
      acquire(run.firstPort);
    }
  } finally {
    for (const control of controls) sockets.close(control);
  }
}
