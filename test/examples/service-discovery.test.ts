// The example of service discovery: two instances of a service and who calls them, beside a broker and a fleet server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brokersSource, startTestFleet, type TestFleet } from "../support/running-fleet.js";
import { ExampleLab } from "./support/example-lab.js";
import { examplesFolder, readmeOf } from "./support/example-readme.js";

const example = "service-discovery";

describe("the example of service discovery", function () {
  if (process.platform === "win32") {
    it("is started by a shell: run this test on Linux");
    return;
  }
  this.timeout(120_000);
  let lab: ExampleLab;
  let fleet: TestFleet;

  before(async () => {
    lab = await ExampleLab.open();
    fleet = await startTestFleet(brokersSource(lab.brokerAddress));
  });

  after(async () => {
    await lab.close();
    await fleet.dispose();
  });

  /** The script that a command of the README names, with variables in front. */
  function script(command: string, variables = ""): string {
    const { scripts } = JSON.parse(
      readFileSync(join(examplesFolder, example, "package.json"), "utf8"),
    ) as { readonly scripts: Readonly<Record<string, string>> };
    return `env ${variables} ${scripts[command.replace("npm run ", "")] ?? "false"}`;
  }

  it("calls the instances by turns, passes over one that is gone, and needs no fleet server for that", async () => {
    const { commands, output } = readmeOf(example);
    const [orders = "", call = ""] = commands;
    const instances = [lab.start(example, script(orders)), lab.start(example, script(orders))];
    const lines = await Promise.all(instances.map((app) => app.printed(output[0] ?? /never/)));
    const ports = lines.map(([line]) => /\d+$/.exec(line)?.[0] ?? "");

    const caller = lab.start(example, script(call, `FLEET_URL=http://${fleet.httpAddress}`));
    for (const port of ports) await caller.printed(new RegExp(`hello from orders on port ${port}`));
    assert.match(caller.stdout, output[1] ?? /never/);

    await fleet.dispose();
    const [gone, stays] = [ports[0] ?? "", ports[1] ?? ""];
    instances[0]?.child.kill("SIGKILL");
    await caller.printed(new RegExp(`:${gone} does not answer: ECONNREFUSED`));
    const told = caller.stdout.length;
    await caller.printed(new RegExp(`^[^]{${told},}hello from orders on port ${stays}`));
    assert.equal(caller.stderr, "");
  });
});
