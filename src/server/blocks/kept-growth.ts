// Which blocks that pools grew by come back with the broker. Leased or not, they stay as long as the pool may be so large: that
// it was nearly full is mostly still true after a restart, and if not they go when they have been idle. Those with leases come
// first. What no longer fits the pool is drained like any block that nobody asks for any more.

import type { PoolPolicy } from "../domain/pool.js";
import { portCountOf } from "../domain/port-range.js";
import type { BlockRecord } from "../domain/records.js";

/** Returns the ids of those that stay. `records`: all blocks of the pool. */
export function keptGrowth(
  policy: PoolPolicy,
  records: readonly BlockRecord[],
  isLeased: (record: BlockRecord) => boolean,
): ReadonlySet<string> {
  const kept = new Set<string>();
  if (policy.retired) return kept;
  let total = policy.size;
  for (const { origin, ports } of records) if (origin === "operator") total += portCountOf(ports);
  const grown = records.filter((record) => record.origin === "growth" && suits(policy, record));
  for (const record of grown.toSorted((a, b) => Number(isLeased(b)) - Number(isLeased(a)))) {
    const portCount = portCountOf(record.ports);
    if (total + portCount > policy.sizeMax) continue;
    total += portCount;
    kept.add(record.blockId);
  }
  return kept;
}

function suits(policy: PoolPolicy, { protocol, kind, isolation }: BlockRecord): boolean {
  return protocol === policy.protocol && kind === policy.kind && isolation === policy.isolation;
}
