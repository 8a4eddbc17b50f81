// Lanes of `npm test` that go wrong: a file that was not run to its end fails the run, and the other lane goes on.

import assert from "node:assert/strict";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { runSmallFiles } from "./support/lane-run.js";

describe("a run of npm test fails", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  const passing = ["p", "q", "r"].map((name) => ({ name, code: 'it("passes", () => {});' }));

  it("when the process of a lane dies, though the other one runs all other files", async () => {
    const dying = { name: "dying", code: 'it("dies", () => process.exit(3));' };
    const folder = makeDirectory();
    const { counts, problems, output } = await runSmallFiles(folder, [dying, ...passing]);
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0 });
    assert.match(
      problems.join("\n"),
      /ended with 3 in the middle of .*dying\.mjs\n1 of 4 files .*/,
    );
    assert.match(output, /ended with 3 in the middle of "dies"/);
  });

  it("when all lanes die, and says how many files were not run", async () => {
    const dying = ["x", "y"].map((name) => ({
      name,
      code: 'it("dies", () => process.kill(process.pid, "SIGKILL"));',
    }));
    const { counts, problems } = await runSmallFiles(makeDirectory(), [...dying, ...passing]);
    assert.deepEqual(counts, { passed: 0, failed: 0, skipped: 0 });
    assert.match(
      problems.at(-1) ?? "",
      /^5 of 5 files of tests were not run to their end: .*p\.mjs/,
    );
  });

  it("when the process of a lane dies between files, as of an error that nobody waits for", async () => {
    const late = 'setTimeout(() => { throw new Error("too late"); }, 1)';
    const code = `it("passes", () => {}); process.on("message", ({ end }) => { if (end) ${late}; });`;
    const { counts, problems, output } = await runSmallFiles(makeDirectory(), [
      { name: "late", code },
    ]);
    assert.equal(counts.passed, 1);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^the process of a lane ended with \d$/);
    assert.match(output, /too late/);
  });

  it("when a file cannot be loaded", async () => {
    const broken = { name: "broken", code: 'import "./not-there.mjs";' };
    const { counts, problems } = await runSmallFiles(makeDirectory(), [broken, ...passing]);
    assert.equal(counts.passed, 3);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /broken\.mjs could not be loaded: .*not-there/);
  });

  it("at the first failure where mocha is told to bail, without a word about the rest", async () => {
    const failing = { name: "failing", code: 'it("fails", () => assert.fail());' };
    const given = { laneCount: 1, options: ["--bail"] };
    const { counts, problems } = await runSmallFiles(makeDirectory(), [failing, ...passing], given);
    assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
    assert.deepEqual(problems, []);
  });
});
