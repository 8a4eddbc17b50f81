// A thousand hosts of two hundred leases each, and three hundred changes a second: the page follows, and stays at the service of who
// uses it.

// Runs alone: it measures how busy the page is.

import assert from "node:assert/strict";
import { setInterval as every } from "node:timers/promises";
import { tellChange } from "../../../support/simulated-change.js";
import { meterOf } from "../browser/support/busy-meter.js";
import { SuiteFleet } from "./support/suite-fleet.js";
import { thousandHosts } from "./support/thousand-hosts.js";

const rounds = 80;
const roundMs = 100;
const changesPerRound = 30;

/** Of the page's one thread; the rest is free for who uses it. Measured: 5 to 12 percent. */
const busyShareMax = 0.5;

describe("the dashboard of two hundred thousand leases", function () {
  this.timeout(120_000);
  const suite = SuiteFleet.forSuite({ hosts: thousandHosts });

  for (const { view, hash } of [
    { view: "the overview", hash: "" },
    { view: "the overview in groups", hash: "#/?group=zone" },
    { view: "the table of hosts", hash: "#/hosts?order=utilisation+desc" },
    { view: "a search", hash: "#/search?q=orders" },
  ]) {
    it(`follows three hundred changes a second on ${view} and is busy for less than half of the time`, async () => {
      const { page } = await suite.open(hash, { width: 1_600 });
      await page.locator("canvas, tbody tr").first().waitFor();
      const map = page.getByRole("application").first();
      const hasMap = (await map.count()) > 0;
      if (hasMap) await map.focus();
      const meter = await meterOf(page);
      let round = 0;
      for await (const _ of every(roundMs)) {
        for (let change = 0; change < changesPerRound; change += 1) {
          tellChange(suite.hosts.nextChange(round * roundMs), suite.sink);
        }
        // Somebody uses the page meanwhile.
        if (hasMap && round % 2 === 0) await page.keyboard.press("ArrowRight");
        round += 1;
        if (round === rounds) break;
      }
      const share = await meter.share();
      assert.ok(share < busyShareMax, `busy for ${Math.round(100 * share)} % of the time`);
    });
  }
});
