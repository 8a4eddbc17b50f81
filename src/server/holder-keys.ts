// Holder keys: HMAC-SHA-256 of the lease id under the broker's secret (semantics.md 9). Nothing secret is stored per lease,
// and a repeated acquire gets the same key again.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { HolderKeys } from "./domain/boundaries.js";

/** 192 bits: 32 characters of base64url. */
const keyLength = 32;

export function holderKeys(brokerSecret: Uint8Array): HolderKeys {
  const secret = createSecretKey(brokerSecret);
  const copied = Buffer.alloc(keyLength);
  return {
    keyFor: (leaseId) => {
      const whole = createHmac("sha256", secret).update(leaseId).digest("base64url");
      // A copy: keys are kept for as long as leases, and a slice of a string keeps all of that in memory.
      copied.write(whole, 0, keyLength, "latin1");
      return copied.toString("latin1");
    },
    equal: (key, other) => {
      const [a, b] = [Buffer.from(key), Buffer.from(other)];
      return a.length === b.length && timingSafeEqual(a, b);
    },
  };
}
