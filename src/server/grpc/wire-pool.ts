// From a pool of the core to the message of the API.

import { adjustsPolicy } from "../domain/pool-adjustment.js";
import {
  PickPolicy as WirePickPolicy,
  type Pool as WirePool,
} from "@portlease/proto/portlease/v1/pool.js";
import type { Broker } from "../domain/broker.js";
import type { PickPolicyName, Pool, PoolPolicy } from "../domain/pool.js";
import { fieldInvalid } from "../domain/refusals.js";
import { toWireUsage, wireIsolation, wireKind, wireProtocol } from "./convert.js";
import { toDuration } from "./time.js";

const wirePickPolicy: Readonly<Record<PickPolicyName, WirePickPolicy>> = {
  "least-recently-used": WirePickPolicy.PICK_POLICY_LEAST_RECENTLY_USED,
  compact: WirePickPolicy.PICK_POLICY_COMPACT,
  random: WirePickPolicy.PICK_POLICY_RANDOM,
};

/** `null` when unspecified. Throws field_invalid for a value that is none. */
export function parsePickPolicy(policy: WirePickPolicy): PickPolicyName | null {
  switch (policy) {
    case WirePickPolicy.PICK_POLICY_UNSPECIFIED:
      return null;
    case WirePickPolicy.PICK_POLICY_LEAST_RECENTLY_USED:
      return "least-recently-used";
    case WirePickPolicy.PICK_POLICY_COMPACT:
      return "compact";
    case WirePickPolicy.PICK_POLICY_RANDOM:
      return "random";
    default:
      throw fieldInvalid("pick_policy", `is ${policy}, which is no policy of this API`);
  }
}

export function byName(pools: readonly Pool[]): readonly Pool[] {
  return pools.toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
}

/** `policy`: shown instead of the one that the pool has. */
export function toWirePool(
  pool: Pool,
  broker: Pick<Broker, "policies" | "waiterCountOf">,
  policy: PoolPolicy = pool.policy,
): WirePool {
  return {
    pool: policy.name,
    protocol: wireProtocol[policy.protocol],
    kind: wireKind[policy.kind],
    defaultTtl: toDuration(policy.ttlDefaultMs),
    minTtl: toDuration(policy.ttlMinMs),
    maxTtl: toDuration(policy.ttlMaxMs),
    quarantine: toDuration(policy.quarantineMs),
    maxPortCount: policy.portCountMax,
    usage: toWireUsage(pool.usage()),
    blockIds: pool.blocks.map(({ record }) => record.blockId),
    startPort: policy.startPort ?? 0,
    size: policy.size,
    maxSize: policy.sizeMax,
    pickPolicy: wirePickPolicy[policy.pickPolicy],
    isolation: wireIsolation[policy.isolation],
    adjusted: adjustsPolicy(broker.policies.adjustmentOf(policy.name)),
    retired: policy.retired,
    waitingRequests: broker.waiterCountOf(policy.name),
  };
}
