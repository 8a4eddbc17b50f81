// The checksums of the store. They detect accidents, not forgery, so 128 bits of SHA-256 are enough; kept as hexadecimal
// text because both SQLite modules hand text over several times faster than bytes, and people can compare it.

import { hash } from "node:crypto";

/** 32 hexadecimal digits. */
export type Checksum = string;

const hexDigits = 32;

export function checksumOf(text: string): Checksum {
  return hash("sha256", text, "hex").slice(0, hexDigits);
}

/** The running checksum after one more change: it depends on all changes before. */
export function chainAfter(
  chain: Checksum,
  revision: number,
  wallMs: number,
  body: string,
): Checksum {
  return checksumOf(`${chain}\n${revision}\n${wallMs}\n${body}`);
}

export function entryChecksum(key: string, value: string): Checksum {
  return checksumOf(`${key}\n${value}`);
}

/** A digest of a set of checksums that does not depend on their order: the same call adds one and takes it out again. */
export function toggled(digest: bigint, checksum: Checksum): bigint {
  return digest ^ BigInt(`0x${checksum}`);
}

export function digestText(digest: bigint): Checksum {
  return digest.toString(16).padStart(hexDigits, "0");
}
