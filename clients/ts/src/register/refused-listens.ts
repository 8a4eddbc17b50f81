// Listens that fail without a try: on ports whose socket came from `portlease run`, and cannot be had again.

import type { Server } from "node:net";
import { PortleaseError } from "../errors.js";
import { listenError } from "./listen-error.js";

/** The socket was passed to the process `ownerProcessId`, and this is another one. */
export function refusePassedElsewhere(server: Server, port: number, ownerProcessId: number): void {
  const message =
    `"portlease run" leased port ${port} and passed its socket to process ${ownerProcessId}, and this is process ` +
    `${process.pid}. Have it start this program itself, without npm or a shell between them (in a shell: exec), ` +
    "or listen on port 0 to get a port of its own.";
  refuse(server, port, "PASSED_ELSEWHERE", message);
}

/** There is one socket. It takes all addresses, and its descriptor is closed with the first server and may then be any file. */
export function refusePassedAlready(server: Server, port: number): void {
  const message =
    `the one socket of port ${port} that came from "portlease run" was taken by an earlier listen, and it takes what is sent ` +
    "to any address. Listen on it once, and keep that server open.";
  refuse(server, port, "ALREADY_BOUND", message);
}

function refuse(server: Server, port: number, reason: string, message: string): void {
  const metadata = { port: String(port) };
  const cause = new PortleaseError("FAILED_PRECONDITION", message, { reason, metadata });
  const error = listenError(cause, { syscall: "listen", host: null, port });
  process.nextTick(() => server.emit("error", error));
}
