// What a server may learn of the processes that connect to its Unix socket. What follows from it is the callers' business.

import type { Socket } from "node:net";

/** Who connected, as it was then. */
export interface LocalPeer {
  /** In this process's pid namespace; 0 when the process cannot be seen from there. */
  readonly processId: number;
  /** The effective user. */
  readonly userId: number;
}

/** Of a process that runs. */
export interface ProcessStatus {
  /** The effective user. */
  readonly userId: number;
  /** By what id each pid namespace that it is in knows it, from the one of this process inwards: more than one in a container. */
  readonly processIds: readonly number[];
}

export interface LocalPeers {
  /** `null` when the system does not say: a socket that is closed, or is no Unix socket. Synchronous, some microseconds. */
  peerOf(socket: Socket): LocalPeer | null;
  /** `null` when there is no such process. */
  statusOf(processId: number): ProcessStatus | null;
}
