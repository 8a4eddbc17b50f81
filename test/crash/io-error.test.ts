// A disk that answers with errors for a while, and a file system that becomes read-only under open files: clear refusals, nothing
// lost, and grants again by itself.

import { BrokerLab } from "../support/broker-lab.js";
import { describeWithFailingCalls, FailingCalls } from "./support/failing-calls.js";
import { withSeed } from "./support/seed.js";
import { unwritableRounds } from "./support/unwritable-rounds.js";

describeWithFailingCalls("A broker whose disk fails (semantics 1)", () => {
  let lab: BrokerLab;
  let failing: FailingCalls | null = null;

  before(async () => {
    lab = await BrokerLab.open();
  });

  afterEach(() => failing?.end());

  after(() => lab.close());

  for (const [what, calls, errorName, reason] of [
    ["I/O errors when it syncs", "fsync,fdatasync", "EIO", /EIO: i\/o error/],
    ["I/O errors when it writes", "pwrite64,ftruncate", "EIO", /EIO: i\/o error|disk I\/O error/],
    [
      "a file system that became read-only",
      "pwrite64,ftruncate,fsync,fdatasync",
      "EROFS",
      /EROFS: read-only file system/,
    ],
  ] as const) {
    it(`refuses grants meanwhile, goes on by itself, and loses nothing: ${what}`, () =>
      withSeed(async (random) => {
        failing = new FailingCalls(calls, errorName);
        const flags = ["--pool-quarantine", "20ms"];
        const broker = await lab.start({ poolSize: 40, flags });
        await unwritableRounds(lab, broker, random, {
          rounds: 1,
          answers: 60,
          workers: 16,
          block: ({ processId }) => failing?.begin(processId),
          unblock: () => failing?.end(),
          reason,
        });
      })).timeout(120_000);
  }
});
