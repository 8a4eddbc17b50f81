// The quick tests that run alone, under the other Node versions that are supported.
// Runs alone: they do.

import { otherNodes } from "../support/other-nodes.js";
import { passQuickTests } from "./support/quick-tests.js";

for (const { major, path, missing } of otherNodes()) {
  const title = `Node ${major} and the tests that run alone`;
  if (path === null) describe.skip(`${title} (${missing})`, () => it("passes", () => undefined));
  else {
    describe(title, () => {
      it("passes them", () => passQuickTests(path, major, "alone")).timeout(180_000);
    });
  }
}
