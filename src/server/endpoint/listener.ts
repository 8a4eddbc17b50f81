// What all listening sockets of the broker have in common: how they begin to listen, why they cannot, and how their address is told.

import type { Server } from "node:net";
import { formatListenAddress, type ListenAddress } from "../config/listen-address.js";
import { StartError } from "../start-error.js";

/** Makes the listener listen there. Rejects with StartError when the address cannot be had; `flag` is what would choose another one. */
export function listenAt(
  listener: Server,
  { host, port }: ListenAddress,
  flag: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(cannotListen(host, port, error, flag));
    listener.once("error", fail);
    listener.listen({ host, port }, () => {
      listener.off("error", fail);
      resolve();
    });
  });
}

/** What clients on this host connect to: host:port, or unix: and a path. */
export function addressText(listener: Server): string {
  const address = listener.address();
  if (typeof address === "string") return `unix:${address}`;
  if (address === null) throw new TypeError("the listener does not listen");
  // A wildcard is no address to connect to: it stands for this host's own.
  const host = wildcards[address.address] ?? address.address;
  return formatListenAddress({ host, port: address.port });
}

const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

function cannotListen(
  host: string,
  port: number,
  error: NodeJS.ErrnoException,
  flag: string,
): StartError {
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE: `another program listens there, perhaps another broker or fleet server; stop it, or listen elsewhere with ${flag}`,
    EACCES: `this user may not listen there; choose a port above 1023 with ${flag}`,
    EADDRNOTAVAIL: `this host has no such address; choose one of its own with ${flag}`,
  };
  const hint = hints[error.code ?? ""] ?? `choose another address with ${flag}`;
  return new StartError(
    "CANNOT_LISTEN",
    `cannot listen on ${host}:${port} (${error.code}): ${hint}`,
    error,
  );
}
