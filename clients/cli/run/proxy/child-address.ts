// Where the program behind `--proxy` listens: a TCP port, or a Unix socket or named pipe by its path.

import { createConnection, isIPv6, type Socket } from "node:net";
import { InvalidArgumentError } from "commander";

export type ChildAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "path"; readonly path: string };

const pipePrefix = "\\\\.\\pipe\\";
const unixPrefix = "unix:";

/**
 * The value of `--proxy-to`: host:port, [ipv6]:port, unix:/path (or a path from "/" on), or \\.\pipe\name.
 * Throws commander's InvalidArgumentError.
 */
export function childAddress(text: string): ChildAddress {
  if (text.startsWith(unixPrefix) && text.length > unixPrefix.length) {
    return { kind: "path", path: text.slice(unixPrefix.length) };
  }
  if (text.startsWith("/") || text.startsWith(pipePrefix)) return { kind: "path", path: text };
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(portText);
  if (host !== "" && port >= 1 && port <= 65_535) return { kind: "tcp", host, port };
  throw new InvalidArgumentError(
    "It must be where the program listens: host:port, unix:/path, or \\\\.\\pipe\\name.",
  );
}

/** As the program is told it, and as it is said to people. */
export function addressText(address: ChildAddress): string {
  if (address.kind === "path") return address.path;
  const { host, port } = address;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Begins to connect. Half-open: what one side still has to say is passed on when the other has ended. */
export function connectTo(address: ChildAddress, highWaterMarkBytes: number): Socket {
  // The types of Node 20 do not know that streams take it here: https://nodejs.org/api/net.html#new-netsocketoptions
  const options = { allowHalfOpen: true, highWaterMark: highWaterMarkBytes };
  return address.kind === "path"
    ? createConnection({ ...options, path: address.path })
    : createConnection({
        ...options,
        host: address.host,
        port: address.port,
        noDelay: true,
        ...(address.host === "localhost" ? onLoopback : {}),
      });
}

/**
 * A program that listens on "localhost" may have got either of its addresses. Names are not looked up for that, and one address
 * is not given up for the other one only because it takes its time.
 */
const onLoopback = {
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: 5_000,
  lookup: (
    _host: string,
    _options: unknown,
    found: (error: null, addresses: { address: string; family: 4 | 6 }[]) => void,
  ): void =>
    found(null, [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
    ]),
};
