// host:port of the gRPC server, and which hosts are this machine's own. Name resolution is left to the server.

import { isIP } from "node:net";

/** Where the broker of a host listens unless it is told otherwise. */
export const defaultListen = "127.0.0.1:7600";

export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  /** 0: the operating system picks. */
  readonly port: number;
}

/** For text that was checked already, such as `BrokerConfig.listen`; throws RangeError on any other. */
export function parseListenAddress(text: string): ListenAddress {
  const address = findListenAddress(text);
  if (address === null) throw new RangeError(`"${text}" is not host:port`);
  return address;
}

/** Reads "127.0.0.1:7600", "localhost:7600" or "[::1]:7600"; `null` when the text is none of these. */
export function findListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text.trim());
  if (match === null) return null;
  const [, bracketed, bare, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return null;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : null;
  const host = (bare ?? "").toLowerCase();
  // Digits and dots that are no IPv4 address are a typing error, not a name.
  if (isIP(host) === 0 && /^[\d.]+$/.test(host)) return null;
  return { host, port };
}

export function formatListenAddress({ host, port }: ListenAddress): string {
  return formatHostPort(host, port);
}

/** "10.0.0.7:20417", "[fe80::1]:20417"; a host that was written with its brackets keeps them. */
export function formatHostPort(host: string, port: number): string {
  const bare = host.includes(":") && !host.startsWith("[");
  return bare ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True for 127.0.0.0/8, ::1 and "localhost": only processes of this host can connect. */
export function isLoopback(host: string): boolean {
  switch (isIP(host)) {
    case 4:
      return host.startsWith("127.");
    case 6:
      return isLoopback6(host);
    default:
      return host === "localhost";
  }
}

function isLoopback6(host: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host);
  if (mapped !== null) return isLoopback(mapped[1] ?? "");
  // ::1 in any of its spellings: all groups zero but the last.
  return /^[0:]*:0*1$/.test(host);
}
