// A mocha reporter: the usual list for people, and the counts in the file that PORTLEASE_TEST_SUMMARY names. For runs of mocha
// under Wine; the lanes of scripts/test.mjs have a reporter of their own, which watches a run as this one does.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import { OpenHandles } from "./left-open.mjs";

/** Who waits longer than this for the process to end is told what keeps it. */
const lingerMsMax = 10_000;

export default class TestReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const path = process.env["PORTLEASE_TEST_SUMMARY"];
    const handles = new OpenHandles();
    watchRun(runner, handles);
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      if (path !== undefined) writeFileSync(path, `${JSON.stringify(counts)}\n`);
      handles.describeLater(lingerMsMax);
    });
  }
}

/** Notes what each test leaves open, and says in the middle of which one the process ended. */
export function watchRun(runner, handles) {
  let running = "";
  // A process that has nothing left to wait for ends without a word, also where a test still waits.
  const endedEarly = (code) => console.error(`ended with ${code} in the middle of "${running}"`);
  process.once("exit", endedEarly);
  for (const start of ["hook", "test"]) runner.on(start, (run) => (running = run.fullTitle()));
  runner.on("test end", (test) => handles.noteAfter(test.fullTitle()));
  runner.once("end", () => process.off("exit", endedEarly));
}
