// Best fit: takes from the shortest run that is long enough, so that long runs stay whole for who needs one.

import type { PickPolicy } from "./pick-policy.js";

/** Of runs of one length the first. Linear in the block's size, less where some run fits exactly. */
export const compact: PickPolicy = {
  pick: (free, portCount, reach) => {
    let offset: number | null = null;
    let shortest = Infinity;
    free.visitRuns(reach, (firstOffset, count) => {
      if (count >= portCount && count < shortest) {
        offset = firstOffset;
        shortest = count;
      }
      return count === portCount;
    });
    return offset;
  },
};
