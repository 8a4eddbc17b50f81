// Randomness by name: each part of the world draws from a stream of its own, so that one more draw in one part does not change
// what all the others do.

import { SeededRandom } from "../support/seeded-random.js";

export class Dice extends SeededRandom {
  static of(seed: number, name: string): Dice {
    // FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = 0x811c9dc5;
    for (const character of `${seed} ${name}`) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    }
    return new Dice(hash | 0);
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Mostly near `low`, seldom near `high`: how long things take. */
  skewed(low: number, high: number): number {
    return low + this.next() ** 4 * (high - low);
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.integer(choices.length)] ?? choices[0];
  }
}
