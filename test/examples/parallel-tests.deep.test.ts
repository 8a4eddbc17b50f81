// The examples for parallel test files, with the real Vitest and Jest: their tests pass, two runs beside each other too, and
// nothing stays leased.

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { copyOfExample, installInCopy } from "./support/example-copy.js";
import { ExampleLab } from "./support/example-lab.js";
import { readmeOf } from "./support/example-readme.js";
import { openMeeting, type Meeting } from "./support/meeting.js";

const testFiles = ["orders.test.js", "invoices.test.js"];
const runCount = 2;
/** The runs start at the same moment, but a busy machine lets one get ahead. */
const waitMsMax = 60_000;

for (const example of ["vitest-global-setup", "jest-global-setup"]) {
  describe(`the example ${example}`, function () {
    this.timeout(300_000);
    const { commands, configuration, output } = readmeOf(example);
    let folder = "";
    let lab: ExampleLab;
    let meeting: Meeting;

    before(async () => {
      folder = copyOfExample(example);
      installInCopy(folder);
      meeting = await openMeeting(testFiles.length * runCount);
      lab = await ExampleLab.open(configuration);
    });
    after(async () => {
      await lab.close();
      meeting.close();
    });

    it("has a port for each test file of two runs at the same time, and gives all back", async () => {
      // When its server is open, each test file waits until those of all others are.
      for (const file of testFiles) {
        appendFileSync(
          join(folder, file),
          `beforeAll(() => fetch("${meeting.url}"), ${waitMsMax});\n`,
        );
      }
      const runs = Array.from({ length: runCount }, () =>
        lab.start(example, commands[0] ?? "", folder),
      );
      for (const app of runs) {
        assert.equal(await app.ended(), 0, app.stdout + app.stderr);
        // Vitest reports on stdout, Jest on stderr.
        for (const line of output) assert.match(app.stdout + app.stderr, line);
      }
      assert.deepEqual(await lab.leasedPorts(), []);
    });
  });
}
