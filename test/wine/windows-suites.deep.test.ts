// The long part of the tests that run on Windows, in the Wine lab: the other Node, the store with its files and
// processes, whole brokers, and programs that know nothing of them.

import { describeInWine } from "./support/wine-lab.js";
import { passWindowsTests } from "./support/windows-tests.js";

describeInWine("under Wine", function () {
  this.timeout(1_200_000);

  it("the native layer's tests pass on Windows Node 22", async () => {
    const passed = await passWindowsTests({ nodeMajor: 22, paths: ["test/native", "test/wine"] });
    console.log(`      ${passed} passed`);
  });

  it("the end-to-end tests pass on Windows Node 22", async () => {
    const passed = await passWindowsTests({ nodeMajor: 22, paths: ["test/e2e"] });
    console.log(`      ${passed} passed`);
  });

  for (const nodeMajor of [20, 22] as const) {
    it(`programs under the register hook serve on Windows Node ${nodeMajor}`, async () => {
      const paths = ["test/clients/ts/register.wine.test.ts"];
      const passed = await passWindowsTests({ nodeMajor, paths });
      console.log(`      ${passed} passed`);
    });

    it(`the store's tests pass on Windows Node ${nodeMajor}`, async () => {
      const passed = await passWindowsTests({ nodeMajor, paths: ["test/store"] });
      console.log(`      ${passed} passed`);
    });
  }
});
