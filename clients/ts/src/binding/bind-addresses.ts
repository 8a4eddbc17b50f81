// Which addresses to bind for the host that an application names, and when to go on to the next of them.

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { errorNameOf } from "../error-facts.js";
import { clientError } from "../errors.js";

/** Addresses of any family, or of one. */
export type AddressFamily = "any" | 4 | 6;

/** Without a host: Node's own default is the same, all of IPv6 and IPv4, or IPv4 on a host without IPv6. */
const everyAddress: Readonly<Record<AddressFamily, readonly string[]>> = {
  any: ["::", "0.0.0.0"],
  4: ["0.0.0.0"],
  6: ["::"],
};

/** Rejects with OPTION_INVALID for a host without an address of the family. */
export async function bindAddresses(
  host: string | undefined,
  family: AddressFamily,
): Promise<readonly string[]> {
  if (host === undefined) return everyAddress[family];
  const ipVersion = isIP(host);
  if (ipVersion !== 0) {
    if (family === "any" || family === ipVersion) return [host];
    throw hostInvalid(host, `is an IPv${ipVersion} address, and the socket is an IPv${family} one`);
  }
  try {
    return [(await lookup(host, family === "any" ? {} : { family })).address];
  } catch (error) {
    const kind = family === "any" ? "address" : `IPv${family} address`;
    throw hostInvalid(host, `has no ${kind} here`, error);
  }
}

/**
 * No IPv6 on this host: it knows no such family, or no such address. The names with WSA are those of Windows
 * (https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2).
 */
const familyMissing: ReadonlySet<string | null> = new Set([
  "EAFNOSUPPORT",
  "EADDRNOTAVAIL",
  "WSAEAFNOSUPPORT",
  "WSAEADDRNOTAVAIL",
]);

export function isFamilyMissing(error: unknown): boolean {
  return familyMissing.has(errorNameOf(error));
}

function hostInvalid(host: string, why: string, cause?: unknown): Error {
  return clientError(
    "INVALID_ARGUMENT",
    "OPTION_INVALID",
    `the host "${host}" ${why}. Give an IP address of this machine, or leave "host" out.`,
    { option: "host", host },
    cause,
  );
}
