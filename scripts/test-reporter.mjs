// A mocha reporter: the usual list for people, and the counts for scripts/test.mjs in the file that PORTLEASE_TEST_SUMMARY names.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { OpenHandles } from "./left-open.mjs";

/** Who waits longer than this for the process to end is told what keeps it; scripts/test.mjs ends it a little later. */
const lingerMsMax = 10_000;

export default class TestReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const path = process.env["PORTLEASE_TEST_SUMMARY"];
    const handles = new OpenHandles();
    let running = "";
    // A process that has nothing left to wait for ends without a word, also where a test still waits.
    const endedEarly = (code) => console.error(`ended with ${code} in the middle of "${running}"`);
    process.once("exit", endedEarly);
    for (const start of ["hook", "test"]) runner.on(start, (run) => (running = run.fullTitle()));
    runner.on("test end", (test) => handles.noteAfter(test.fullTitle()));
    runner.once("end", () => {
      process.off("exit", endedEarly);
      const { passes, failures, pending } = runner.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      if (path !== undefined) writeFileSync(path, `${JSON.stringify(counts)}\n`);
      // By itself the timer keeps nothing alive.
      setTimeout(() => {
        for (const line of handles.describe()) console.error(`left open: ${line}`);
      }, lingerMsMax).unref();
    });
  }
}
