// The dashboard of the fleet without a mouse: everything that can be done is reached by Tab, and seen where one is.

import assert from "node:assert/strict";
import { assertAllReached, tabTo } from "../browser/support/keyboard.js";
import { SuiteFleet } from "./support/suite-fleet.js";

describe("the dashboard of the fleet by the keyboard alone", function () {
  this.timeout(120_000);
  // Few, so that one comes to the end of a table.
  const hosts = { hostCount: 24, leasesPerHost: 6, silentShare: 0.1, stoppedShare: 0.05 };
  const suite = SuiteFleet.forSuite({ hosts });

  for (const hash of [
    "",
    "#/?group=zone&host=host-00003.north-1.example",
    "#/hosts",
    "#/hosts/host-00003.north-1.example",
    "#/search?q=host-00003",
    "#/services/orders",
    "#/problems",
  ]) {
    it(`reaches every link and control of ${hash === "" ? "the overview" : hash}, each seen to have the focus`, async () => {
      const { page } = await suite.open(hash);
      await page.locator("h1").waitFor();
      await page.locator("tbody tr, .problems li, .port-grid canvas").first().waitFor();
      await assertAllReached(page);
    });
  }

  it("moves over the hosts with the arrow keys, and opens one with Enter", async () => {
    const shown = await suite.open();
    await shown.maps().focus();
    await shown.page.keyboard.press("Home");
    await shown.page.keyboard.press("ArrowRight");
    await shown.details().getByText("host-00001.north-2.example", { exact: true }).waitFor();
    await shown.page.keyboard.press("Enter");
    await shown.heading("host-00001.north-2.example").waitFor();
    assert.equal(await shown.page.evaluate(() => document.activeElement?.id), "main");
  });

  it("skips to the content, and searches from the head of each page", async () => {
    const shown = await suite.open("#/hosts");
    await shown.page.locator("h1").waitFor();
    await shown.page.keyboard.press("Tab");
    await shown.page.keyboard.press("Enter");
    assert.equal(await shown.page.evaluate(() => document.activeElement?.id), "main");
    await shown.page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await tabTo(shown.page, "Overview");
    // Hosts, Problems, the search.
    for (let stop = 0; stop < 3; stop += 1) await shown.page.keyboard.press("Tab");
    await shown.page.keyboard.type("host-00003");
    await shown.page.keyboard.press("Enter");
    await shown.heading("Found by host-00003").waitFor();
  });
});
