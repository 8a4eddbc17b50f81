// A long quarantine is itself an outage when many leases end at once: only a share of a pool's ports rests in full. Of more, the
// oldest rest shorter, down to the floor and never less (semantics.md 8). A rest that ends makes a port free, no more: before
// it is granted the operating system must show it unbound.

import type { PoolPolicy } from "./pool-policy.js";
import type { PortBlock } from "./port-block.js";
import { portCountOf } from "./port-range.js";
import type { CuttableRests } from "./quarantine.js";

/** The share is rounded up: in a pool of few ports one may rest in full. */
export function capQuarantine(
  { quarantineMs, quarantineFloorMs, quarantineShareMax }: PoolPolicy,
  blocks: readonly PortBlock[],
): void {
  const cutMs = quarantineMs - quarantineFloorMs;
  if (cutMs <= 0) return;
  const total = sum(blocks, ({ record }) => portCountOf(record.ports));
  const allowed = Math.ceil(total * quarantineShareMax);
  let excess = sum(blocks, ({ rests }) => rests.uncutCount) - allowed;
  for (; excess > 0; excess -= 1) oldestOf(blocks)?.cutOldest(cutMs);
}

/** Those of the block in which the uncut rest that began first is. */
function oldestOf(blocks: readonly PortBlock[]): CuttableRests | null {
  let oldest: CuttableRests | null = null;
  let oldestEndMs = Infinity;
  for (const { rests } of blocks) {
    const endMs = rests.oldestUncutEndMs;
    if (endMs === null || endMs >= oldestEndMs) continue;
    oldest = rests;
    oldestEndMs = endMs;
  }
  return oldest;
}

function sum(blocks: readonly PortBlock[], valueOf: (block: PortBlock) => number): number {
  return blocks.reduce((total, block) => total + valueOf(block), 0);
}
