// What `portlease run` passed down to this program: ports that are leased and listening already.
// https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html

import type { Environment } from "./settings.js";

/** The first descriptor that is passed. */
const firstDescriptor = 3;

export interface PassedPorts {
  /** Port to listening socket. */
  readonly descriptors: ReadonlyMap<number, number>;
  /** The process that the sockets were passed to: LISTEN_PID. */
  readonly ownerProcessId: number;
}

/** `null` unless `portlease run` started this program, or one above it, and passed sockets. */
export function passedPorts(environment: Environment): PassedPorts | null {
  const { PORTLEASE_LEASE_ID: leaseId, PORTLEASE_PORTS: list } = environment;
  const socketCount = Number(environment["LISTEN_FDS"]);
  const ownerProcessId = Number(environment["LISTEN_PID"]);
  if (!leaseId || !list || !(socketCount > 0) || !(ownerProcessId > 0)) return null;
  const ports = list.split(",").map(Number).slice(0, socketCount);
  return {
    descriptors: new Map(ports.map((port, index) => [port, firstDescriptor + index])),
    ownerProcessId,
  };
}
