// IP addresses between text and bytes, both ways. Pure; knows nothing of sockets.

import { isIP } from "node:net";

export type IpFamily = "ipv4" | "ipv6";

export interface IpAddress {
  readonly family: IpFamily;
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;
}

/**
 * `null` for anything that is not an IPv4 or IPv6 literal. A zone ("fe80::1%eth0") is refused too: which interface it means
 * is for the caller to decide.
 */
export function parseIpAddress(text: string): IpAddress | null {
  if (text.includes("%")) return null;
  switch (isIP(text)) {
    case 4:
      return { family: "ipv4", bytes: Uint8Array.from(text.split("."), Number) };
    case 6:
      return { family: "ipv6", bytes: parseIpv6(text) };
    default:
      return null;
  }
}

/** Dotted decimal of 4 bytes in network order. */
export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join(".");
}

/**
 * Canonical text of 16 bytes in network order (RFC 5952): the longest run of two or more zero groups becomes "::", the first
 * of equal ones; IPv4-mapped addresses end in dotted decimal.
 */
export function formatIpv6(bytes: Uint8Array): string {
  if (isIpv4Mapped(bytes)) return `::ffff:${formatIpv4(bytes.subarray(12))}`;
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const zeros = longestZeroRun(groups);
  if (zeros.length < 2) return groups.join(":");
  const before = groups.slice(0, zeros.start).join(":");
  const after = groups.slice(zeros.start + zeros.length).join(":");
  return `${before}::${after}`;
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((b) => b === 0);
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== "0") start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

/** `text` is known to be valid. */
function parseIpv6(text: string): Uint8Array {
  const [head = "", tail] = text.split("::", 2);
  const first = groupBytes(head);
  const last = tail === undefined ? [] : groupBytes(tail);
  const bytes = new Uint8Array(16);
  bytes.set(first, 0);
  bytes.set(last, 16 - last.length);
  return bytes;
}

function groupBytes(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
