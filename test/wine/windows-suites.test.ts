// The tests of this repository as they run on Windows, in the Wine lab: the same compiled files, Windows' own Node. This is the
// short part; windows-suites.deep.test.ts has the rest, `npm run test:wine` runs all of it by itself and shows each test.

import { describeInWine } from "./support/wine-lab.js";
import { passWindowsTests } from "./support/windows-tests.js";

describeInWine("on Windows Node 20 under Wine", function () {
  this.timeout(1_200_000);

  it("the native layer's tests pass", async () => {
    const passed = await passWindowsTests({ nodeMajor: 20, paths: ["test/native", "test/wine"] });
    console.log(`      ${passed} passed`);
  });

  it("the end-to-end tests pass", async () => {
    const passed = await passWindowsTests({ nodeMajor: 20, paths: ["test/e2e"] });
    console.log(`      ${passed} passed`);
  });
});
