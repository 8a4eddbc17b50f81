// Arbitrary records of the fleet, within what records may be.

import * as fc from "fast-check";
import type { HostRecord, PoolRecord, ProblemRecord } from "#fleet/records/host-record.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import type { PresenceRecord } from "#fleet/records/presence-record.js";

// The readers make plain objects, too.
const plain = <Model>(model: { [Name in keyof Model]: fc.Arbitrary<Model[Name]> }) =>
  fc.record<Model>(model, { noNullPrototype: true });
const text = (maxLength: number) => fc.string({ maxLength, unit: "binary" });
const word = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: "grapheme-ascii" });
const wallMs = fc.integer({ min: 0, max: 253_402_300_799_999 });
const count = fc.integer({ min: 0, max: 1_000_000 });
const protocol = fc.constantFrom("tcp", "udp", "tcp-and-udp");

/** "__proto__" and its like among them. */
const labels: fc.Arbitrary<Record<string, string>> = fc
  .array(
    fc.tuple(
      fc.oneof(word(20), fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty")),
      text(30),
    ),
    { maxLength: 32 },
  )
  // Defines each as a member of its own, which an assignment would not.
  .map((entries) => Object.fromEntries(entries));

export const anyLease: fc.Arbitrary<LeaseRecord> = plain({
  pool: fc.stringMatching(/^[a-z0-9-]{1,63}$/),
  protocol,
  ports: fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 })),
  service: text(60),
  instance: text(60),
  labels,
  ttlMs: fc.integer({ min: 1, max: 86_400_000 }),
  grantedWallMs: wallMs,
  generation: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  binding: fc.constantFrom("unknown", "unbound", "bound", "stranger", "orphaned"),
  unprotected: fc.boolean(),
  draining: fc.boolean(),
}).map(({ ports: [a, b], ...rest }) => ({
  ...rest,
  port: Math.min(a, b),
  portCount: Math.abs(a - b) + 1,
}));

export const anyPresence: fc.Arbitrary<PresenceRecord> = plain({
  brokerId: word(64),
  startedWallMs: wallMs,
});

const anyPool: fc.Arbitrary<PoolRecord> = plain({
  name: fc.stringMatching(/^[a-z0-9-]{1,63}$/),
  protocol,
  kind: fc.constantFrom("persistent", "runtime", "administered", "held"),
  usage: plain({
    free: count,
    leased: count,
    quarantined: count,
    unavailable: count,
    largestFreeRun: count,
  }).map((usage) => ({
    total: usage.free + usage.leased + usage.quarantined + usage.unavailable,
    ...usage,
  })),
  waitingRequests: count,
});

const anyProblem: fc.Arbitrary<ProblemRecord> = plain({
  severity: fc.constantFrom("info", "warning", "critical"),
  reason: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,30}$/),
  message: text(100),
  remedy: text(100),
  pool: text(63),
  blockId: text(20),
  port: fc.integer({ min: 0, max: 65_535 }),
  leaseId: text(10),
});

export const anyHost: fc.Arbitrary<HostRecord> = plain({
  hostName: word(100),
  brokerId: word(64),
  address: word(100),
  version: word(20),
  platform: fc.constantFrom("linux", "win32"),
  brokerAddresses: fc.array(word(50), { maxLength: 16 }),
  dashboardUrl: fc.constantFrom("", "http://a.example:7601/", "https://[::1]:7601/"),
  labels,
  startedWallMs: wallMs,
  saidWallMs: wallMs,
  serving: fc.constantFrom("serving", "read-only", "stopped"),
  pools: fc.array(anyPool, { maxLength: 5 }),
  problems: fc.array(anyProblem, { maxLength: 5 }),
  grants: plain({
    firstMinuteWallMs: fc.integer({ min: 0, max: 100_000_000 }).map((minute) => minute * 60_000),
    counts: fc.array(count, { maxLength: 60 }),
  }),
});
