// Makes one entry per port of the host's socket table: enough to see whether anything has changed, and no more.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { ObservedSocket } from "@portlease/native";
import type { PortSighting } from "../domain/audit-boundaries.js";

/** Sockets that are gone through before other work has its turn: one to two milliseconds. */
const socketsPerSlice = 1_000;

interface Collected {
  fingerprint: string;
  listeners: number;
  processIds: number[] | null;
}

export async function portSightings(
  sockets: readonly ObservedSocket[],
): Promise<ReadonlyMap<number, PortSighting>> {
  const ports = new Map<number, Collected>();
  for (const [index, socket] of sockets.entries()) {
    if (index > 0 && index % socketsPerSlice === 0) await nextTurn();
    if (isLive(socket)) add(ports, socket);
  }
  return ports;
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
  let known = ports.get(localPort);
  if (known === undefined) {
    known = { fingerprint: "", listeners: 0, processIds: [] };
    ports.set(localPort, known);
  }
  if (isWaiting(socket)) {
    known.listeners += 1;
    const mark = `${localAddress} ${processId ?? "-"} ${socketId ?? "-"}`;
    // In whatever order the table has them.
    const marks = known.fingerprint === "" ? [] : known.fingerprint.split(",");
    known.fingerprint = marks.length === 0 ? mark : [...marks, mark].toSorted().join(",");
  }
  if (processId === null) known.processIds = null;
  else if (known.processIds?.includes(processId) === false) known.processIds.push(processId);
}
