// Which leases the live view shows, in which order, and how much time each has left.

import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { durationMs } from "../duration-ms.js";
import { leaseState } from "../lease-state.js";
import { portsText, word } from "../lease-text.js";

export const sortKeys = ["time-left", "port", "service"] as const;
export type SortKey = (typeof sortKeys)[number];

/** Leases as they were listed at a moment of this process's monotonic clock. */
export interface LeaseList {
  readonly leases: readonly Lease[];
  readonly listedAtMs: number;
}

export interface LeaseRow {
  readonly lease: Lease;
  /** 0 or more; `null` when the broker did not tell. */
  readonly leftMs: number | null;
}

/** Those that have each word of `filter` somewhere, in any case, in the order of `sort`; leases that are equal in it are by port. */
export function leaseRows(
  { leases, listedAtMs }: LeaseList,
  { sort, filter }: { readonly sort: SortKey; readonly filter: string },
  nowMs: number,
): readonly LeaseRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return leases
    .filter((lease) => words.length === 0 || hasWords(lease, words))
    .map((lease) => ({ lease, leftMs: leftMs(lease, nowMs - listedAtMs) }))
    .toSorted((a, b) => orders[sort](a, b) || byPort(a, b));
}

function leftMs({ remaining }: Lease, sinceMs: number): number | null {
  const listedMs = durationMs(remaining);
  return listedMs === null ? null : Math.max(0, listedMs - Math.max(0, sinceMs));
}

function hasWords(lease: Lease, words: readonly string[]): boolean {
  const { holder, pool, leaseId, protocol } = lease;
  const text = [
    portsText(lease),
    word(Protocol, "PROTOCOL_", protocol),
    holder?.service ?? "",
    holder?.instance ?? "",
    pool,
    leaseState(lease).word,
    leaseId,
  ]
    .join("\n")
    .toLowerCase();
  return words.every((each) => text.includes(each));
}

const byPort = (a: LeaseRow, b: LeaseRow): number =>
  a.lease.port - b.lease.port || a.lease.protocol - b.lease.protocol;

const orders: Readonly<Record<SortKey, (a: LeaseRow, b: LeaseRow) => number>> = {
  // Whole seconds, as they are shown: rows that look the same must not change places all the time.
  "time-left": (a, b) => seconds(a) - seconds(b),
  port: byPort,
  service: (a, b) => {
    const [left, right] = [a, b].map(({ lease }) => lease.holder?.service ?? "");
    return (left ?? "").localeCompare(right ?? "", "en");
  },
};

function seconds({ leftMs: left }: LeaseRow): number {
  return left === null ? Number.MAX_SAFE_INTEGER : Math.floor(left / 1_000);
}
