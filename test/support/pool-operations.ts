// What can happen to a pool, as values that fast-check makes up.

import fc from "fast-check";
import type { LeaseEndReason } from "#server/domain/records.js";

export const claimant = fc.record({
  service: fc.constantFrom("orders", "billing", ""),
  instance: fc.constantFrom("", "a", "b"),
});
const reason = fc.constantFrom<LeaseEndReason>(
  "released",
  "expired",
  "holder_exited",
  "revoked",
  "caller_gone",
);
const index = fc.nat({ max: 1_000 });
const count = fc.constantFrom(1, 1, 1, 2, 3, 5);

export const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("take" as const), count, claimant }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("takeAt" as const), count, claimant, index }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("end" as const),
      index,
      reason,
      proven: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("putBack" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("toggleStranger" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("toggleDrain" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("readopt" as const), index }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("advance" as const),
      ms: fc.constantFrom(0, 1, 400, 1_000, 2_600, 5_000),
    }),
  },
);
export type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;
