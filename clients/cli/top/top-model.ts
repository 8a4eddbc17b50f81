// What the live view knows at a moment: the host, its leases, and whether the broker still tells. How it is looked at is in
// top-view.ts.

import type { WatchBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import type { LeaseList } from "./lease-rows.js";
import { hostAfter, hostAtFirst, type LiveHost } from "./live-host.js";

export interface TopModel {
  readonly host: LiveHost;
  /** `null`: not listed yet. */
  readonly leases: LeaseList | null;
  /** When the last message came, by this process's monotonic clock. */
  readonly heardAtMs: number;
  /** True from when the stream ended until a new one brings something. */
  readonly lost: boolean;
}

/** `isFirst`: of its stream, which then has everything. */
export function heard(
  before: TopModel | null,
  message: WatchBrokerResponse,
  isFirst: boolean,
  nowMs: number,
): TopModel {
  const host =
    before === null || isFirst
      ? hostAtFirst(before?.host ?? null, message, nowMs)
      : hostAfter(before.host, message, nowMs);
  return { host, leases: before?.leases ?? null, heardAtMs: nowMs, lost: false };
}

/** The moment that is shown. While nothing is heard times stand still, and while paused, too. */
export function shownAsOfMs(
  { lost, heardAtMs }: TopModel,
  pausedAtMs: number | null,
  nowMs: number,
): number {
  return lost ? heardAtMs : (pausedAtMs ?? nowMs);
}
