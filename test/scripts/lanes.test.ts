// The lanes of `npm test`: nothing that happens in one of them may get lost.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { runSmallFiles } from "./support/lane-run.js";

describe("the lanes of npm test", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  /** Passes only beside the other one. */
  const one = { name: "one", code: 'it("meets two", () => meet("one", "two"));' };
  const two = { name: "two", code: 'it("meets one", () => meet("two", "one"));' };

  it("run two files beside each other, and count the tests of both", async () => {
    const third = { name: "third", code: 'it("passes", () => {}); it("is pending");' };
    const { counts, problems } = await runSmallFiles(makeDirectory(), [one, two, third]);
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 1 });
    assert.deepEqual(problems, []);
  });

  it("count and show a failure in either", async () => {
    for (const failing of [one, two]) {
      const code = `${failing.code} it("fails in ${failing.name}", () => assert.fail("so it is"));`;
      const files = [one, two].map((file) => (file === failing ? { ...file, code } : file));
      const { counts, failures, problems, output } = await runSmallFiles(makeDirectory(), files);
      assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 0 });
      assert.deepEqual(failures, [`fails in ${failing.name}: so it is`]);
      assert.deepEqual(problems, []);
      assert.match(output, /1 failing[^]*fails in [^]*so it is/);
    }
  });

  it("show the output of one file at a time", async () => {
    const chat = (own: string, other: string) => ({
      name: own,
      code: `it("talks", async () => {
        for (const round of [1, 2, 3]) {
          console[round === 2 ? "error" : "log"]("${own} says " + round);
          await meet("${own}" + round, "${other}" + round);
        }
      });`,
    });
    const files = [chat("ann", "bob"), chat("bob", "ann")];
    const { output } = await runSmallFiles(makeDirectory(), files);
    const said = output.split("\n").filter((line) => line.includes(" says "));
    assert.equal(said.length, 6);
    const speakers = said.map((line) => line.slice(0, 3)).join(" ");
    assert.match(speakers, /^(ann ann ann bob bob bob|bob bob bob ann ann ann)$/);
  });

  it("begin when the files that run alone are through", async () => {
    const alone = {
      name: "alone",
      alone: true,
      code: 'it("is first", () => assert.ok(!fs.existsSync(folder + "/met-one")));',
    };
    const { counts } = await runSmallFiles(makeDirectory(), [one, two, alone]);
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0 });
  });

  it("are one where that is wanted, which runs the files in their order and shows at once what they print", async () => {
    const names = ["c", "a", "b"];
    const files = names.map((name) => ({ name, code: `it("${name} passes", () => {});` }));
    const { counts, output } = await runSmallFiles(makeDirectory(), files, { laneCount: 1 });
    assert.equal(counts.passed, 3);
    assert.deepEqual(
      [...output.matchAll(/(\w) passes/g)].map(([, name]) => name),
      names,
    );
    assert.equal(output.match(/passing/g)?.length, 1);
  });

  it("leave none of mocha's listeners from one file to the next", async () => {
    const count = 'process.listenerCount("uncaughtException")';
    const code = `it("is alone", () => assert.equal(${count}, 1));`;
    const files = ["a", "b", "c"].map((name) => ({ name, code }));
    const { counts } = await runSmallFiles(makeDirectory(), files, { laneCount: 1 });
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0 });
  });

  it("name what a test left open, and the test", async () => {
    const leak = ' it("forgets a server", (done) => void net.createServer().listen(0, done));';
    const code = `import net from "node:net"; ${two.code} ${leak}`;
    const { problems, counts, output } = await runSmallFiles(makeDirectory(), [
      one,
      { ...two, code },
    ]);
    assert.deepEqual(problems, ["the tests ended but left something open"]);
    assert.equal(counts.passed, 3);
    assert.match(output, /^left open: Server .*, since "forgets a server"$/m);
  });

  it("name a program that a test left running", async function () {
    if (process.platform !== "linux") this.skip();
    const start = 'spawn("sleep", ["20"], { stdio: ["ignore", "inherit", "inherit"] })';
    const code = `import { spawn } from "node:child_process"; ${two.code}
      it("forgets a program", () => { const child = ${start}; child.unref(); fs.writeFileSync(folder + "/pid", String(child.pid)); });`;
    const folder = makeDirectory();
    const { problems } = await runSmallFiles(folder, [one, { ...two, code }]);
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /left programs running: \d+ \(sleep 20\)$/);
  });
});
