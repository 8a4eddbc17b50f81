// Takes any place with equal chance, so that nobody outside can guess which port is next.

import type { Band } from "./bands.js";
import type { Random } from "./boundaries.js";
import type { FreePorts } from "./free-ports.js";
import type { PickPolicy } from "./pick-policy.js";

/** Enough to hit a free port nearly always where one of a hundred is free; for a miss all are looked at. */
const throwsMax = 1_024;
const throwsAtOnce = 64;

export class RandomPick implements PickPolicy {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick: PickPolicy["pick"] = (free, portCount, reach) => {
    for (let thrown = 0; thrown < throwsMax; thrown += throwsAtOnce) {
      for (const offset of this.#throw(throwsAtOnce, free.capacity)) {
        if (free.isRun(offset, portCount, reach)) return offset;
      }
    }
    return this.#pickOfAll(free, portCount, reach);
  };

  /** Linear in the block's size. */
  #pickOfAll(free: FreePorts, portCount: number, reach: Band): number | null {
    const places: number[] = [];
    free.visitRuns(reach, (firstOffset, count) => {
      for (let place = 0; place <= count - portCount; place += 1) places.push(firstOffset + place);
      return false;
    });
    const [index = 0] = this.#throw(1, places.length);
    return places[index] ?? null;
  }

  /** Numbers from 0 to `bound` - 1. Of 2^32 for at most 65535: their chances differ by less than one in 65536. */
  #throw(count: number, bound: number): readonly number[] {
    const bytes = this.#random.bytes(count * 4);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, index) =>
      Math.floor((view.getUint32(index * 4) / 4_294_967_296) * bound),
    );
  }
}
