// A store that cannot write for a while, without a disk to fill: the broker's process may make no file any longer.

import { execFileSync } from "node:child_process";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { withSeed } from "./support/seed.js";
import { unwritableRounds } from "./support/unwritable-rounds.js";

const describeOnLinux = process.platform === "linux" ? describe : describe.skip;

describeOnLinux("A broker that may write no more (semantics 1; prlimit, Linux only)", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("refuses grants meanwhile, goes on by itself, and loses nothing when it is killed then", () =>
    withSeed(async (random) => {
      const flags = ["--pool-quarantine", "20ms"];
      const broker = await lab.start({ poolSize: 40, flags });
      await unwritableRounds(lab, broker, random, {
        rounds: 1,
        answers: 60,
        workers: 16,
        block: (running) => limitFiles(running, 0),
        unblock: (running) => limitFiles(running, "unlimited"),
        reason: /EFBIG: file too large/,
      });
    })).timeout(120_000);
});

/** Writes past this size fail from now on (EFBIG); only the soft limit changes, so that it can be lifted again. */
function limitFiles({ processId }: BrokerProcess, bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(processId), `--fsize=${bytes}:`]);
}
