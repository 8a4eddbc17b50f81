// The example of fixed host ports: its own tests pass beside a broker with the pool of its README, and nothing stays leased.

import assert from "node:assert/strict";
import { ExampleLab } from "./support/example-lab.js";
import { readmeOf } from "./support/example-readme.js";

describe("the example fixed-port-supplier", function () {
  if (process.platform === "win32") {
    it("is started by a shell: run this test on Linux");
    return;
  }
  this.timeout(120_000);
  const { commands, configuration, output } = readmeOf("fixed-port-supplier");
  let lab: ExampleLab;

  before(async () => (lab = await ExampleLab.open(configuration)));
  after(() => lab.close());

  it("hands out ports that another program binds by their numbers, and gives them back", async () => {
    const app = lab.start("fixed-port-supplier", commands[0] ?? "");
    assert.equal(await app.ended(), 0, app.stdout);
    for (const line of output) assert.match(app.stdout, line);
    assert.deepEqual(await lab.leasedPorts(), []);
  });
});
