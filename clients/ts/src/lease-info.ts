// The facts about a lease that may be shown to anybody: in logs, in JSON, on screens. No key and no token is among them.

import type { LeaseState } from "./lease-track.js";

/** Transport protocol of a lease. `tcp-and-udp` is one number in both. */
export type LeaseProtocol = "tcp" | "udp" | "tcp-and-udp";

export interface LeaseInfo {
  readonly leaseId: string;
  readonly pool: string;
  readonly protocol: LeaseProtocol;
  readonly ports: readonly number[];
  /** A decimal string, since JSON has no 64-bit numbers. */
  readonly generation: string;
  readonly ttlMs: number;
  readonly state: LeaseState;
}
