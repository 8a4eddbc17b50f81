// The IP address behind the host that the broker is to listen on. The configuration only saw the name; what it means is known here,
// and "localhost" must not open the broker to others because somebody wrote so into a hosts file.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isLoopback, type ListenAddress } from "../config/listen-address.js";
import { StartError } from "../start-error.js";

export type Resolve = (host: string) => Promise<string>;

export const resolveBySystem: Resolve = async (host) => (await lookup(host)).address;

/** Rejects with StartError: CANNOT_LISTEN for a name without an address, CANNOT_SECURE for one beyond this host without TLS. */
export async function literalAddress(
  { host, port }: ListenAddress,
  secured: boolean,
  resolve: Resolve,
): Promise<ListenAddress> {
  const literal = isIP(host) === 0 ? await resolved(host, resolve) : host;
  if (secured || isLoopback(literal)) return { host: literal, port };
  throw new StartError(
    "CANNOT_SECURE",
    `${host} is ${literal} here, which other hosts can reach, and there is no TLS: listen on 127.0.0.1:${port}, or set tls.certFile ` +
      "and tls.keyFile",
  );
}

async function resolved(host: string, resolve: Resolve): Promise<string> {
  try {
    return await resolve(host);
  } catch (error) {
    throw new StartError(
      "CANNOT_LISTEN",
      `cannot listen on ${host}: no address of that name is known here (${(error as NodeJS.ErrnoException).code}); use an IP address`,
      error,
    );
  }
}
