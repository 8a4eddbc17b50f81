// The time that a lease has left, counted on from when the broker said it.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import type { Lease } from "../api/messages.js";
import { durationMs, spanText } from "../model/format.js";

export interface RemainingTimeProps {
  readonly lease: Lease;
  /** When the broker said it, by this browser's clock. */
  readonly atMs: number;
}

export function RemainingTime({ lease, atMs }: RemainingTimeProps): VNode {
  const { nowMs } = useDashboard();
  const saidMs = durationMs(lease.remaining);
  if (lease.state === "STATE_ENDED" || saidMs === null) return <span>–</span>;
  const leftMs = Math.max(0, saidMs - Math.max(0, nowMs.value - atMs));
  const ttlMs = durationMs(lease.ttl) ?? saidMs;
  const share = ttlMs === 0 ? 0 : Math.min(1, leftMs / ttlMs);
  return (
    <span class="remaining">
      <span class="remaining-bar" aria-hidden="true">
        <span style={{ width: `${Math.round(share * 100)}%` }} />
      </span>
      <span class="remaining-text">{spanText(leftMs)}</span>
    </span>
  );
}
