// Where etcd is and where in it the fleet is, as one setting says it: etcd://host:2379,host2:2379/prefix, or etcds:// for TLS. User
// and password are settings of their own.

import { isIP } from "node:net";

export interface EtcdAddress {
  /** host:port, IPv6 addresses in brackets; at least one, at most `endpointsMax`. */
  readonly endpoints: readonly string[];
  /** By TLS. */
  readonly secure: boolean;
  /** What all keys begin with; begins and ends with a slash. */
  readonly prefix: string;
}

/** https://www.iana.org/assignments/service-names-port-numbers: etcd-client. */
export const defaultEtcdPort = 2379;

export const defaultPrefix = "/portlease/";

/** A cluster of etcd has at most seven members: https://etcd.io/docs/v3.5/faq/ */
export const endpointsMax = 7;

/** Keys come on top of it, and are to stay readable. */
export const prefixLengthMax = 128;

const example = "etcd://host:2379/portlease, or etcds://host:2379,host2:2379/portlease for TLS";

/** Throws RangeError, which says what is wrong and how it is written. The text of the error has no password in it. */
export function parseEtcdUrl(text: string): EtcdAddress {
  const match = /^(etcds?):\/\/([^/]*)(\/.*)?$/.exec(text.trim());
  if (match === null) {
    throw new RangeError(`it must begin with etcd:// or etcds://, as ${example}`);
  }
  const [, scheme, hosts = "", path = ""] = match;
  if (hosts.includes("@")) {
    throw new RangeError(
      "it must not have user or password in it, since addresses end in logs; give the user and the password's file by settings of their own",
    );
  }
  const endpoints = hosts.split(",").map(parseEndpoint);
  if (endpoints.length > endpointsMax) {
    throw new RangeError(`it names ${endpoints.length} hosts; at most ${endpointsMax} are taken`);
  }
  const twin = endpoints.find((endpoint, index) => endpoints.indexOf(endpoint) !== index);
  if (twin !== undefined) throw new RangeError(`it names ${twin} twice`);
  return { endpoints, secure: scheme === "etcds", prefix: parsePrefix(path) };
}

/** The first endpoint to which a password would go in clear text over a network; `null`: none, as with TLS or on loopback. */
export function passwordInClearTo(address: EtcdAddress): string | null {
  if (address.secure) return null;
  return address.endpoints.find((endpoint) => !isLoopback(hostOf(endpoint))) ?? null;
}

/** The host of an endpoint, without brackets. */
export function hostOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

export function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}

function parseEndpoint(text: string): string {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s?#]+))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not host or host:port, as in ${example}`);
  const [, bracketed, bare = "", digits] = match;
  const port = digits === undefined ? defaultEtcdPort : Number(digits);
  if (port < 1 || port > 65_535) {
    throw new RangeError(`"${text}" has the port ${port}, and ports are 1 to 65535`);
  }
  if (bracketed !== undefined) {
    if (isIP(bracketed) === 6) return `[${bracketed.toLowerCase()}]:${port}`;
    throw new RangeError(`"${bracketed}" is no IPv6 address`);
  }
  // Digits and dots that are no IPv4 address are a typing error, not a name.
  if (isIP(bare) === 0 && /^[\d.]+$/.test(bare)) throw new RangeError(`"${bare}" is no IP address`);
  return `${bare.toLowerCase()}:${port}`;
}

function parsePrefix(path: string): string {
  const inner = path.replace(/^\/|\/$/g, "");
  if (inner === "") return defaultPrefix;
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(inner)) {
    throw new RangeError(
      `"${path}" is no prefix for keys: letters, digits, dots, dashes and underscores, and single slashes between them`,
    );
  }
  const prefix = `/${inner}/`;
  if (prefix.length > prefixLengthMax) {
    throw new RangeError(
      `its prefix has ${prefix.length} characters, and at most ${prefixLengthMax} are taken`,
    );
  }
  return prefix;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
