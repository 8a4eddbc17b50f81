// Holder keys: HMAC-SHA-256 of the lease id under the broker's secret (semantics.md 9). Nothing secret is stored per lease,
// and a repeated acquire gets the same key again.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { HolderKeys } from "./domain/boundaries.js";

/** 192 bits: 32 characters of base64url. */
const keyBytes = 24;

export function holderKeys(brokerSecret: Uint8Array): HolderKeys {
  const secret = createSecretKey(brokerSecret);
  return {
    // Cut before it is a string: a part of a longer string keeps all of that in memory.
    keyFor: (leaseId) =>
      createHmac("sha256", secret)
        .update(leaseId)
        .digest()
        .subarray(0, keyBytes)
        .toString("base64url"),
    equal: (key, other) => {
      const [a, b] = [Buffer.from(key), Buffer.from(other)];
      return a.length === b.length && timingSafeEqual(a, b);
    },
  };
}
