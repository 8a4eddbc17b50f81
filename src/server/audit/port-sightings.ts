// Makes one entry per port of the host's socket table: enough to see whether anything has changed, and no more.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { ObservedSocket } from "@portlease/native";
import type { PortSighting } from "../domain/audit-boundaries.js";

/** Sockets that are gone through before other work has its turn: about 2 ms. */
const socketsPerSlice = 10_000;

interface Collected {
  readonly marks: string[];
  listeners: number;
  processIds: Set<number> | null;
}

export async function portSightings(
  sockets: readonly ObservedSocket[],
): Promise<ReadonlyMap<number, PortSighting>> {
  const ports = new Map<number, Collected>();
  for (const [index, socket] of sockets.entries()) {
    if (index > 0 && index % socketsPerSlice === 0) await nextTurn();
    if (isLive(socket)) add(ports, socket);
  }
  const sightings = new Map<number, PortSighting>();
  for (const [port, { marks, listeners, processIds }] of ports) {
    const fingerprint = marks.length === 1 ? (marks[0] ?? "") : marks.toSorted().join(",");
    sightings.set(port, {
      fingerprint,
      listeners,
      processIds: processIds === null ? null : [...processIds],
    });
  }
  return sightings;
}

/**
 * What is closing is about to go, or is only the kernel's by now (TIME_WAIT). An established connection is somebody's: it keeps
 * the port from the next holder as well.
 */
export function isLive({ state }: ObservedSocket): boolean {
  return state === "listen" || state === "bound" || state === "established";
}

export function isWaiting({ state }: ObservedSocket): boolean {
  return state === "listen" || state === "bound";
}

function add(ports: Map<number, Collected>, socket: ObservedSocket): void {
  const { localPort, localAddress, processId, socketId } = socket;
  const known = ports.get(localPort) ?? { marks: [], listeners: 0, processIds: new Set<number>() };
  ports.set(localPort, known);
  if (isWaiting(socket)) {
    known.listeners += 1;
    known.marks.push(`${localAddress} ${processId ?? "-"} ${socketId ?? "-"}`);
  }
  if (processId === null) known.processIds = null;
  else known.processIds?.add(processId);
}
