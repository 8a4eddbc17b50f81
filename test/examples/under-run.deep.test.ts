// The examples in Python and Go under `portlease run`: they are built, serve on a leased port, come back after a crash, and end.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describeWithPrograms } from "../clients/cli/support/activated-programs.js";
import { childrenOf } from "../support/child-processes.js";
import { eventually } from "../support/eventually.js";
import { copyOfExample } from "./support/example-copy.js";
import { ExampleLab } from "./support/example-lab.js";
import { readmeOf } from "./support/example-readme.js";

const examples = [
  // Python ends by the signal, Go by itself.
  { example: "python-under-run", answer: "hello from Python\n", exitCode: 128 + 15 },
  { example: "go-under-run", answer: "hello from Go\n", exitCode: 0 },
] as const;

describeWithPrograms("the examples in other languages", function () {
  this.timeout(120_000);
  let lab: ExampleLab;

  before(async () => (lab = await ExampleLab.open()));
  afterEach(() => lab.endAll());
  after(() => lab.close());

  for (const { example, answer, exitCode } of examples) {
    it(`${example} serves on a leased port, also after a crash, and ends when it is asked to`, async () => {
      const { commands, output } = readmeOf(example);
      const folder = copyOfExample(example);
      for (const command of commands.slice(0, -1)) {
        execFileSync("sh", ["-c", command], {
          cwd: folder,
          stdio: ["ignore", "ignore", "inherit"],
        });
      }
      const app = lab.start(example, commands.at(-1) ?? "", folder);
      for (const line of output) await app.printed(line);
      const [port = 0, ...more] = await lab.leasedPorts();
      assert.deepEqual(more, []);
      assert.equal(await answerOn(port), answer);

      const [program = 0] = childrenOf(app.child.pid ?? 0);
      process.kill(program, "SIGKILL");
      await eventually("the next start", () => app.stdout.match(/serves on port/g)?.length === 2);
      assert.equal(await answerOn(port), answer);
      assert.deepEqual(await lab.leasedPorts(), [port]);

      assert.equal(await app.kill("SIGTERM"), exitCode, app.stderr);
      assert.deepEqual(await lab.leasedPorts(), []);
    });
  }
});

const answerOn = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).text();
