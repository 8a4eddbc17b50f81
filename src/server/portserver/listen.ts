// Listens where a portserver is wanted: on a Unix socket, an abstract one, or a named pipe. Never on the network: what the protocol
// trusts is the host.

import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { isAbstract, isPipeName } from "../config/portserver-address.js";
import { StartError } from "../start-error.js";

/** Bits that are taken from 0o777. */
const umaskForEverybody = 0o111;
const umaskForOwner = 0o177;

/** How `address`, as it is configured, is written for Node. Throws StartError where the platform has no such thing. */
export function pathOf(address: string, platform: NodeJS.Platform): string {
  const isWindows = platform === "win32";
  if (!isAbstract(address)) {
    if (isPipeName(address) === isWindows) return address;
    const form = isWindows ? String.raw`@name or \\.\pipe\name` : "@name or a path";
    throw cannotListen(address, `this platform has no such thing; give ${form}`);
  }
  const name = address.slice(1);
  if (isWindows) return String.raw`\\.\pipe` + `\\${name}`;
  // https://man7.org/linux/man-pages/man7/unix.7.html: the abstract namespace is Linux's own.
  if (platform === "linux") return `\0${name}`;
  throw cannotListen(address, `${platform} has no names without files; give a path`);
}

/** `ownerOnly`: a socket file is for the broker's user alone. Rejects with StartError CANNOT_LISTEN. */
export async function listenAt(
  address: string,
  { ownerOnly, platform }: { readonly ownerOnly: boolean; readonly platform: NodeJS.Platform },
  accept: (socket: Socket) => void,
): Promise<Server> {
  const path = pathOf(address, platform);
  if (path.startsWith("/")) await removeLeftover(path, address);
  // A request may end with the client's half of the connection.
  const server = createServer({ allowHalfOpen: true }, accept);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      reject(cannotListen(address, `${error.message}; stop who has it, or give another`, error));
    };
    server.once("error", fail);
    // The file is made during the call, with its rights: a change afterwards would leave it open for a moment.
    const before = platform === "win32" ? null : process.umask();
    if (before !== null) process.umask(ownerOnly ? umaskForOwner : umaskForEverybody);
    try {
      server.listen({ path }, () => {
        server.off("error", fail);
        resolve();
      });
    } finally {
      if (before !== null) process.umask(before);
    }
  });
  return server;
}

/** What a killed server left. Anything else in its place is left alone. */
async function removeLeftover(path: string, address: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) {
    throw cannotListen(address, "there is a file that is no socket; remove it, or give another");
  }
  const failure = await failureToConnect(path);
  if (failure === null) {
    throw cannotListen(address, "another server answers there; stop it, or give another");
  }
  if (failure.code !== "ECONNREFUSED") {
    throw cannotListen(address, `who has it cannot be told: ${failure.message}`, failure);
  }
  rmSync(path, { force: true });
}

function failureToConnect(path: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("error", resolve);
    socket.once("connect", () => {
      socket.destroy();
      resolve(null);
    });
  });
}

function cannotListen(address: string, reason: string, cause?: unknown): StartError {
  return new StartError("CANNOT_LISTEN", `cannot be a portserver at ${address}: ${reason}`, cause);
}
