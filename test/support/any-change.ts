// Arbitrary changes for property tests: any value that the types allow, odd texts included.

import * as fc from "fast-check";
import type {
  BlockRecord,
  Change,
  EndedLeaseRecord,
  Holder,
  LeaseRecord,
  PoolAdjustment,
} from "#server/domain/records.js";
import { emptyAdjustment } from "#server/domain/pool-adjustment.js";
import type { PortRange } from "#server/domain/port-range.js";

/** fast-check also makes objects without a prototype; those never come back from JSON. */
const plain = { noNullPrototype: true } as const;
const text = fc.string({ unit: "binary", maxLength: 12 });
const protocol = fc.constantFrom("tcp" as const, "udp" as const, "tcp-and-udp" as const);
const wallMs = fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 });
/** Few, so that changes meet the same lease again. */
const generation = fc.integer({ min: 1, max: 12 });
const blockId = fc.constantFrom("a", "b", "default-tcp-20000", "ü/1");

const ports: fc.Arbitrary<PortRange> = fc
  .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
  .map(([one, other]) => ({ firstPort: Math.min(one, other), lastPort: Math.max(one, other) }));

const holder: fc.Arbitrary<Holder> = fc.record(
  {
    service: text,
    instance: text,
    labels: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
    process: fc.option(
      fc.record({ processId: fc.nat(), startTime: fc.option(text), proven: fc.boolean() }, plain),
    ),
  },
  plain,
);

const lease: fc.Arbitrary<LeaseRecord> = fc.record(
  {
    leaseId: text,
    pool: text,
    protocol,
    blockId: text,
    ports,
    generation,
    revision: fc.maxSafeNat(),
    ttlMs: fc.nat(),
    holder,
    createdWallMs: wallMs,
    request: fc.option(fc.record({ key: text, bodyHash: text }, plain)),
    bindWithinMs: fc.option(fc.nat()),
    binding: fc.constantFrom(
      "unknown" as const,
      "unbound" as const,
      "bound" as const,
      "stranger" as const,
      "orphaned" as const,
    ),
    everBound: fc.boolean(),
    covered: fc.boolean(),
    remainingMs: fc.option(fc.nat()),
  },
  plain,
);

const ended: fc.Arbitrary<EndedLeaseRecord> = fc.record(
  {
    lease,
    reason: fc.constantFrom(
      "released" as const,
      "expired" as const,
      "revoked" as const,
      "holder_exited" as const,
      "never_bound" as const,
      "port_lost" as const,
      "caller_gone" as const,
    ),
    endedWallMs: wallMs,
    revocation: fc.record({ actor: text, reason: text }, plain),
  },
  { ...plain, requiredKeys: ["lease", "reason", "endedWallMs"] },
);

const block: fc.Arbitrary<BlockRecord> = fc.record(
  {
    blockId,
    pool: text,
    protocol,
    kind: fc.constantFrom(
      "persistent" as const,
      "runtime" as const,
      "administered" as const,
      "held" as const,
    ),
    ports,
    isolation: fc.constantFrom("shared" as const, "per-lease" as const),
    stage: fc.constantFrom("intended" as const, "created" as const),
    draining: fc.boolean(),
    origin: fc.constantFrom("configured" as const, "operator" as const, "growth" as const),
  },
  plain,
);

const port = fc.integer({ min: 1, max: 65_535 });

/** Of few pools, and often of such that say nothing. */
const adjustment: fc.Arbitrary<PoolAdjustment> = fc.record(
  {
    pool: fc.constantFrom("default", "b"),
    policy: fc.record(
      {
        ttlDefaultMs: fc.option(fc.nat()),
        ttlMinMs: fc.option(fc.nat()),
        ttlMaxMs: fc.option(fc.nat()),
        quarantineMs: fc.option(fc.nat()),
        sizeMax: fc.option(port),
        pickPolicy: fc.option(
          fc.constantFrom("least-recently-used" as const, "compact" as const, "random" as const),
        ),
        portCountMax: fc.option(port),
      },
      plain,
    ),
    quotas: fc.array(fc.record({ service: text, portsMax: fc.option(fc.nat(65_535)) }, plain), {
      maxLength: 3,
    }),
    pins: fc.array(fc.record({ port, service: text, instance: text }, plain), { maxLength: 3 }),
    unpinned: fc.array(port, { maxLength: 3 }),
  },
  plain,
);

const anyAdjustment: fc.Arbitrary<PoolAdjustment> = fc.oneof(
  { weight: 3, arbitrary: adjustment },
  { weight: 1, arbitrary: adjustment.map(({ pool }) => emptyAdjustment(pool)) },
);

export const anyChange: fc.Arbitrary<Change> = fc.oneof(
  lease.map((granted): Change => ({ type: "lease_granted", lease: granted })),
  lease.map((changed): Change => ({ type: "lease_ttl_changed", lease: changed })),
  lease.map((checkpointed): Change => ({ type: "lease_checkpointed", lease: checkpointed })),
  fc
    .tuple(lease, fc.constantFrom("binding" as const, "protection" as const))
    .map(([observed, aspect]): Change => ({ type: "lease_observed", aspect, lease: observed })),
  fc
    .tuple(ended, fc.boolean())
    .map(([end, remember]): Change => ({ type: "lease_ended", ended: end, remember })),
  generation.map((forgotten): Change => ({ type: "lease_forgotten", generation: forgotten })),
  block.map((changed): Change => ({ type: "block_changed", block: changed })),
  blockId.map((removed): Change => ({ type: "block_removed", blockId: removed })),
  anyAdjustment.map((adjusted): Change => ({ type: "pool_adjusted", adjustment: adjusted })),
);
