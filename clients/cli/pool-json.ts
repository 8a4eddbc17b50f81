// A pool, and how its ports are used, as --json prints them; see proto-json.ts for the rules.

import { Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { Isolation, PickPolicy, type Pool } from "@portlease/proto/portlease/v1/pool.js";
import { durationJson, enumName } from "./proto-json.js";

export function poolJson(pool: Pool): Record<string, unknown> {
  return {
    pool: pool.pool,
    protocol: enumName(Protocol, pool.protocol),
    kind: enumName(ReservationKind, pool.kind),
    defaultTtl: durationJson(pool.defaultTtl),
    minTtl: durationJson(pool.minTtl),
    maxTtl: durationJson(pool.maxTtl),
    quarantine: durationJson(pool.quarantine),
    maxPortCount: pool.maxPortCount,
    usage: pool.usage ?? null,
    blockIds: pool.blockIds,
    startPort: pool.startPort,
    size: pool.size,
    maxSize: pool.maxSize,
    pickPolicy: enumName(PickPolicy, pool.pickPolicy),
    isolation: enumName(Isolation, pool.isolation),
    adjusted: pool.adjusted,
    retired: pool.retired,
    waitingRequests: pool.waitingRequests,
  };
}
