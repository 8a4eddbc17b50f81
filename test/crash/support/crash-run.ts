// Many kills, in several data directories at once: what test:crash and the deep test do. Two lanes keep two cores busy, since a
// broker that starts and a test that reads answers take turns.

import { BrokerLab } from "../../support/broker-lab.js";
import { SeededRandom } from "../../support/seeded-random.js";
import { killRounds } from "./kill-rounds.js";
import { KillTally } from "./kill-tally.js";

const lanes = 2;

export interface CrashRunOptions {
  readonly kills: number;
  readonly seed: number;
}

/** Rejects with what went wrong first. */
export async function crashRun({ kills, seed }: CrashRunOptions): Promise<KillTally> {
  const random = new SeededRandom(seed);
  const tallies = await Promise.all(
    Array.from({ length: Math.min(lanes, kills) }, async () => {
      const own = new SeededRandom(random.integer(2 ** 31));
      const lab = await BrokerLab.open();
      try {
        const share = Math.ceil(kills / lanes);
        return await killRounds(lab, own, {
          kills: share,
          answersMin: 30,
          answersMax: 300,
          workers: 24,
        });
      } finally {
        await lab.close();
      }
    }),
  );
  return KillTally.sum(tallies);
}
