// Binds the ports of leases and listens on them, so that the sockets can be passed to the program of `portlease run`.

import type { BoundSocket, TransportProtocol } from "@portlease/native";
import type { LeasedPort } from "./handover.js";

/** Connections that may wait until the program accepts them; Node's own default. */
const backlog = 511;

/** A socket that is ready for the program: TCP listens, UDP receives. */
export interface PassedSocket {
  /** The port's name, `null` for one without. */
  readonly name: string | null;
  readonly port: number;
  readonly protocol: TransportProtocol;
  readonly socket: BoundSocket;
}

/**
 * One socket per port in the order of the ports, and for a port of both protocols two, TCP first. `address` is an IP address of
 * this host; `null`: all of them. Rejects as `Lease.openSocket` does, or with NativeError; no socket is left open then.
 */
export async function openPassedSockets(
  ports: readonly LeasedPort[],
  address: string | null,
): Promise<readonly PassedSocket[]> {
  const host = address === null ? {} : { host: address };
  const opened: PassedSocket[] = [];
  try {
    for (const { name, port, protocol: leased, lease } of ports) {
      for (const protocol of leased === "tcp-and-udp" ? (["tcp", "udp"] as const) : [leased]) {
        const socket = await lease.openSocket({ port, protocol, ...host });
        opened.push({ name, port, protocol, socket });
      }
    }
    // Only now, when all are there: a program that is never started must not leave clients waiting.
    for (const { socket } of opened) socket.listen(backlog);
    return opened;
  } catch (error) {
    for (const { socket } of opened) socket.close();
    throw error;
  }
}
