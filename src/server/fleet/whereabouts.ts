// Where other hosts find the broker and its dashboard, of where it listens and how they reach this host.

import { isLoopback, parseListenAddress } from "../config/listen-address.js";

export interface HostWhereabouts {
  /** The best first. */
  readonly brokerAddresses: readonly string[];
  /** "": nowhere that others could follow a link to. */
  readonly dashboardUrl: string;
}

export interface Listeners {
  /** What it was told to listen on: host:port. */
  readonly listen: string;
  /** The same of HTTP; `null`: on loopback, or nowhere. */
  readonly httpListen: string | null;
  /** What clients on this host use. */
  readonly addresses: readonly string[];
  /** The same of HTTP; "": nowhere. */
  readonly httpUrl: string;
}

/** `hostAddress`: how others reach this host. Where that is loopback, everybody is on it. */
export function findWhereabouts(listeners: Listeners, hostAddress: string): HostWhereabouts {
  const { listen, httpListen, addresses, httpUrl } = listeners;
  return {
    brokerAddresses: addresses.map((address) => asOthersSee(address, listen, hostAddress)),
    dashboardUrl: httpUrl === "" ? "" : urlForOthers(httpUrl, httpListen, hostAddress),
  };
}

const wildcards: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** A wildcard is told to clients on this host as loopback; to others it is the host's address. */
function asOthersSee(address: string, listen: string, hostAddress: string): string {
  const port = /:(\d+)$/.exec(address)?.[1];
  if (port === undefined || !wildcards.has(parseListenAddress(listen).host)) return address;
  return `${inBrackets(hostAddress)}:${port}`;
}

function urlForOthers(httpUrl: string, httpListen: string | null, hostAddress: string): string {
  if (isLoopback(hostAddress)) return httpUrl;
  const { protocol, port } = new URL(httpUrl);
  const host = httpListen === null ? "127.0.0.1" : parseListenAddress(httpListen).host;
  if (wildcards.has(host)) return `${protocol}//${inBrackets(hostAddress)}:${port}/`;
  return isLoopback(host) ? "" : httpUrl;
}

function inBrackets(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
