// Takes what has been free the longest: a late packet or a forgotten connection of the last holder is the least likely there.

import type { Band } from "./bands.js";
import type { FreePorts } from "./free-ports.js";
import type { PickPolicy } from "./pick-policy.js";

export const leastRecentlyUsed: PickPolicy = {
  pick: (free, portCount, reach) =>
    portCount === 1 ? free.oldest(reach) : oldestRun(free, portCount, reach),
};

/** The run whose most recently used port has been free the longest. Linear in the block's size. */
function oldestRun(free: FreePorts, portCount: number, reach: Band): number | null {
  let best: number | null = null;
  let bestFreedAt = Infinity;
  free.visitRuns(reach, (firstOffset, count) => {
    // Offsets that may be the newest of a window to come, newest first.
    const candidates: number[] = [];
    let head = 0;
    for (let offset = firstOffset; offset < firstOffset + count; offset += 1) {
      const freedAt = free.freedAt(offset);
      while (candidates.length > head && free.freedAt(candidates.at(-1) ?? offset) < freedAt) {
        candidates.pop();
      }
      candidates.push(offset);
      const windowStart = offset - portCount + 1;
      if (windowStart < firstOffset) continue;
      if ((candidates[head] ?? offset) < windowStart) head += 1;
      const newest = free.freedAt(candidates[head] ?? offset);
      if (newest >= bestFreedAt) continue;
      best = windowStart;
      bestFreedAt = newest;
    }
    return false;
  });
  return best;
}
