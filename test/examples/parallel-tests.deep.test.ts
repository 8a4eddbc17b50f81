// The examples for parallel test files, with the real Vitest and Jest: their tests pass, two runs beside each other too, and
// nothing stays leased.

import assert from "node:assert/strict";
import { copyOfExample, installInCopy } from "./support/example-copy.js";
import { ExampleLab } from "./support/example-lab.js";
import { readmeOf } from "./support/example-readme.js";

for (const example of ["vitest-global-setup", "jest-global-setup"]) {
  describe(`the example ${example}`, function () {
    this.timeout(300_000);
    const { commands, configuration, output } = readmeOf(example);
    let folder = "";
    let lab: ExampleLab;

    before(async () => {
      folder = copyOfExample(example);
      installInCopy(folder);
      lab = await ExampleLab.open(configuration);
    });
    after(() => lab.close());

    it("passes twice at the same time, and gives its ports back", async () => {
      const command = commands[0] ?? "";
      const runs = [lab.start(example, command, folder), lab.start(example, command, folder)];
      for (const app of runs) {
        assert.equal(await app.ended(), 0, app.stdout + app.stderr);
        // Vitest reports on stdout, Jest on stderr.
        for (const line of output) assert.match(app.stdout + app.stderr, line);
      }
      assert.deepEqual(await lab.leasedPorts(), []);
    });
  });
}
