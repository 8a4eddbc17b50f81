// Which file of tests runs when. Lanes take the next file as they become free; a file says in a comment what it does not bear:
//   // Runs alone: WHY           nothing may run beside it: it measures, or needs its share of the machine at every moment
//   // Takes turns: WHAT         no two files that name the same thing may run at the same time
import { readFileSync } from "node:fs";
import { usesLab } from "../wine/windows-tests.mjs";

/** Mocha's, in .mocharc.json. */
const usualLimitMs = 10_000;

/** `{ source, alone, turns, limitMs }`: why it runs alone or null, what it takes turns over, the longest limit that it sets. */
export function readNeeds(source) {
  const text = readFileSync(source, "utf8");
  const marks = (words) => [...text.matchAll(new RegExp(`^// ${words}: (.+)$`, "gmu"))];
  const turns = marks("Takes turns").map((match) => match[1]);
  // There is one Windows machine for all.
  if (usesLab(source)) turns.push("the Wine lab");
  const limits = [...text.matchAll(/\.timeout\(([\d_]+)\)/gu)];
  const limitsMs = limits.map((match) => Number(match[1].replaceAll("_", "")));
  return {
    source,
    alone: marks("Runs alone")[0]?.[1] ?? null,
    turns,
    limitMs: Math.max(usualLimitMs, ...limitsMs),
  };
}

/** The order in which lanes should begin files: they should not begin a long one when all others are done. */
export function inBestOrder(files) {
  // Those that take turns keep one lane busy all the time, so they come first. A time limit is a good guess of how long a test
  // takes.
  const takesTurns = ({ turns }) => Number(turns.length > 0);
  return files.toSorted((a, b) => takesTurns(b) - takesTurns(a) || b.limitMs - a.limitMs);
}

/** Hands out files, in their order as far as their turns allow. */
export class Plan {
  #waiting;
  #busy = new Set();
  #changed = () => undefined;

  constructor(files) {
    this.#waiting = [...files];
  }

  /** The next file that may run now, to be given back to `ended`; waits until there is one. `null` when there are no more. */
  async next() {
    for (;;) {
      const found = this.#waiting.findIndex(
        ({ turns }) => !turns.some((one) => this.#busy.has(one)),
      );
      if (found >= 0) {
        const [needs] = this.#waiting.splice(found, 1);
        for (const turn of needs.turns) this.#busy.add(turn);
        return needs;
      }
      if (this.#waiting.length === 0) return null;
      await this.#nextChange();
    }
  }

  ended({ turns }) {
    for (const turn of turns) this.#busy.delete(turn);
    this.#changed();
  }

  /** No further file is begun. */
  stop() {
    this.#waiting = [];
    this.#changed();
  }

  #nextChange() {
    const before = this.#changed;
    return new Promise((done) => {
      this.#changed = () => {
        before();
        done();
      };
    });
  }
}
