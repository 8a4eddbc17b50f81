// Takes any place with equal chance, so that nobody outside can guess which port is next.

import type { Random } from "./boundaries.js";
import type { PickPolicy } from "./pick-policy.js";

/** Linear in the block's size. */
export class RandomPick implements PickPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick: PickPolicy["pick"] = (free, portCount, reach) => {
    let places = 0;
    free.visitRuns(reach, (_firstOffset, count) => {
      places += Math.max(0, count - portCount + 1);
      return false;
    });
    if (places === 0) return null;
    let skip = this.#below(places);
    let offset: number | null = null;
    free.visitRuns(reach, (firstOffset, count) => {
      const here = Math.max(0, count - portCount + 1);
      if (skip < here) {
        offset = firstOffset + skip;
        return true;
      }
      skip -= here;
      return false;
    });
    return offset;
  };

  /** 0 to `bound` - 1. Of 2^32 values at most 65535 places: the chances differ by less than one in 65536. */
  #below(bound: number): number {
    const bytes = this.#random.bytes(4);
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    return Math.floor((value / 4_294_967_296) * bound);
  }
}
