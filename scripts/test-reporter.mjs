// A mocha reporter: the usual list for people, and the counts for scripts/test.mjs in the file that PORTLEASE_TEST_SUMMARY names.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

export default class TestReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const path = process.env["PORTLEASE_TEST_SUMMARY"];
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      if (path !== undefined) writeFileSync(path, `${JSON.stringify(counts)}\n`);
    });
  }
}
