// In a crowded pool leases are short, so that ports of holders that are gone come back sooner. Only new leases: what was
// promised stays promised.

import { type LeaseWarning, noWarnings } from "./lease-warning.js";
import type { Pool } from "./pool.js";

export interface GrantedTtl {
  readonly ttlMs: number;
  readonly warnings: readonly LeaseWarning[];
}

/** `ttlMs`: what the lease would have otherwise. Never below the pool's shortest TTL. */
export function crowdedTtl(pool: Pool, ttlMs: number): GrantedTtl {
  const { policy } = pool;
  const longestMs = Math.max(policy.ttlCrowdedMs, policy.ttlMinMs);
  // The pool counts its ports to say whether it is crowded: last.
  if (ttlMs <= longestMs || !pool.crowded) return { ttlMs, warnings: noWarnings };
  const percent = Math.round(policy.crowdedShare * 100);
  const message =
    `the ttl is ${longestMs / 1000} s instead of ${ttlMs / 1000} s, because more than ${percent} % of the ports of pool ` +
    `"${policy.name}" are leased; renew within that time, and ask for a longer ttl when the pool has room again`;
  return { ttlMs: longestMs, warnings: [{ reason: "TTL_SHORTENED", message }] };
}
