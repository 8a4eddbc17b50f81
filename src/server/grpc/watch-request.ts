// From the message of WatchLeases to what a watch needs, refused where it makes no sense.

import type { WatchLeasesRequest } from "@portlease/proto/portlease/v1/lease_service.js";
import { fieldInvalid } from "../domain/refusals.js";
import type { LeaseRecord } from "../domain/records.js";
import { type Filter, parseFilter } from "./filter.js";
import { leaseFields } from "./lease-fields.js";
import { fromDuration } from "./time.js";

export interface WatchRequest {
  readonly filter: Filter<LeaseRecord>;
  /** Watches with the same one are sent the same. */
  readonly filterText: string;
  /** 0: a snapshot first. */
  readonly startRevision: number;
  /** `null`: no bookmarks. */
  readonly bookmarkEveryMs: number | null;
}

const bookmarkMinMs = 1_000;
const bookmarkMaxMs = 3_600_000;

/** Throws field_invalid. */
export function parseWatch(message: WatchLeasesRequest): WatchRequest {
  const filter = parseFilter(message.filter, leaseFields);
  if (filter.changingField !== null) {
    throw fieldInvalid(
      "filter",
      `names ${filter.changingField}, which changes while a lease lives, so that a watch would lose sight of leases; ` +
        "watch without it, and look at it in the leases that come",
    );
  }
  const startRevision = Number(message.startRevision);
  if (!Number.isSafeInteger(startRevision)) {
    throw fieldInvalid("start_revision", `is ${message.startRevision}; no revision is that high`);
  }
  const bookmarkEveryMs = fromDuration("bookmark_interval", message.bookmarkInterval);
  if (
    bookmarkEveryMs !== null &&
    (bookmarkEveryMs < bookmarkMinMs || bookmarkEveryMs > bookmarkMaxMs)
  ) {
    throw fieldInvalid(
      "bookmark_interval",
      `is ${bookmarkEveryMs / 1_000} s; it must be 1 s to ${bookmarkMaxMs / 1_000} s, or unset`,
    );
  }
  return { filter, filterText: message.filter, startRevision, bookmarkEveryMs };
}
