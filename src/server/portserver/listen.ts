// Listens where a portserver is wanted: on a Unix socket, an abstract one, or a named pipe. Never on the network: what the protocol
// trusts is the host.

import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { bindAbstractName, NativeError } from "@portlease/native";
import { isAbstract, isPipeName, pipePrefix } from "../config/portserver-address.js";
import { StartError } from "../start-error.js";

/** Bits that are taken from 0o777. */
const umaskForEverybody = 0o111;
const umaskForOwner = 0o177;

/** What Node listens on: a path or pipe, or a descriptor that it owns from then on. */
type Place = { readonly path: string } | { readonly fd: number };

/** `ownerOnly`: a socket file is for the broker's user alone. Rejects with StartError CANNOT_LISTEN. */
export async function listenAt(
  address: string,
  { ownerOnly, platform }: { readonly ownerOnly: boolean; readonly platform: NodeJS.Platform },
  accept: (socket: Socket) => void,
): Promise<Server> {
  const place = await placeOf(address, platform);
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
      server.listen(place, () => {
        server.off("error", fail);
        resolve();
      });
    } finally {
      if (before !== null) process.umask(before);
    }
  });
  return server;
}

/** `@name` is a name without a file on Linux, and the name of a pipe on Windows, as portpicker has it. */
async function placeOf(address: string, platform: NodeJS.Platform): Promise<Place> {
  if (isAbstract(address)) {
    const name = address.slice(1);
    return platform === "win32" ? { path: pipePrefix + name } : { fd: bindName(address, name) };
  }
  if (isPipeName(address) !== (platform === "win32")) {
    const form = platform === "win32" ? `@name or ${pipePrefix}name` : "@name or a path";
    throw cannotListen(address, `this platform has no such thing; give ${form}`);
  }
  if (address.startsWith("/")) await removeLeftover(address);
  return { path: address };
}

function bindName(address: string, name: string): number {
  try {
    return bindAbstractName(name);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const reason =
      error.fields.errorName === "EADDRINUSE"
        ? "another server has the name; stop it, or give another name"
        : error.message;
    throw cannotListen(address, reason, error);
  }
}

/** What a killed server left. Anything else in its place is left alone. */
async function removeLeftover(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) {
    throw cannotListen(path, "there is a file that is no socket; remove it, or give another");
  }
  const failure = await failureToConnect(path);
  if (failure === null) {
    throw cannotListen(path, "another server answers there; stop it, or give another");
  }
  if (failure.code !== "ECONNREFUSED") {
    throw cannotListen(path, `who has it cannot be told: ${failure.message}`, failure);
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
