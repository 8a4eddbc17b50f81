// Ten thousand ports and two hundred events a second, from a real broker: the page follows, and stays at the service of who uses it.

// Runs alone: it measures how busy the page is.

import assert from "node:assert/strict";
import { setInterval as every } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { LeaseCaller } from "../../../support/lease-caller.js";
import { meterOf } from "./support/busy-meter.js";
import { SuiteBroker } from "./support/suite-broker.js";

/** Ten thousand in all. A machine that runs other things has not always ten thousand free ones in a row. */
const pools = ["default", "media", "batch", "tests"];
const poolSize = 2_500;
const rounds = 60;
const roundMs = 100;
/** Ten grants and ten releases in a tenth of a second are two hundred events a second. */
const leasesPerRound = 10;

/** Of the page's one thread; the rest is free for who uses it. Measured: about a tenth. */
const busyShareMax = 0.5;

describe("the dashboard of ten thousand ports", function () {
  this.timeout(120_000);
  const suite = SuiteBroker.forSuite({ poolSize: 0, config: configuration() });

  it("follows two hundred events a second and is busy for less than half of the time", async () => {
    const shown = await suite.open({ width: 1_600 });
    const { page } = shown;
    await page.getByText("0 leases, 10,000 of 10,000 ports free.").waitFor();
    assert.equal(await page.getByRole("application").count(), pools.length);

    const meter = await meterOf(page);
    const { lastPort, keys } = await flood(suite.caller, page);
    const busyShare = await meter.share();

    assert.ok(busyShare < busyShareMax, `busy for ${Math.round(100 * busyShare)} % of the time`);
    await page
      .locator("li.event", { hasText: "released" })
      .filter({ hasText: String(lastPort) })
      .first()
      .waitFor();
    await page.locator(".port-details").getByText(String(keys), { exact: true }).waitFor();
    await shown.poolNumber("Leased", "0").waitFor();
  });
});

/** Leases and releases, while somebody moves over the ports with the arrow keys. Tells the last port released and the last one moved to. */
async function flood(caller: LeaseCaller, page: Page): Promise<{ lastPort: number; keys: number }> {
  const grid = page.getByRole("application").first();
  const first = Number(/Ports (\d+)/.exec((await grid.getAttribute("aria-label")) ?? "")?.[1]);
  await grid.focus();
  await page.keyboard.press("Home");
  let round = 0;
  let lastPort = 0;
  for await (const _ of every(roundMs)) {
    const leases = await Promise.all(
      Array.from({ length: leasesPerRound }, () =>
        caller.acquire({ holder: { service: "flood" } }),
      ),
    );
    await page.keyboard.press("ArrowRight");
    await Promise.all(
      leases.map(({ leaseId, holderKey }) => caller.release({ leaseId, holderKey })),
    );
    lastPort = leases.at(-1)?.port ?? 0;
    round += 1;
    if (round === rounds) break;
  }
  return { lastPort, keys: first + rounds };
}

function configuration(): string {
  const lines = pools.map(
    (name) => `  - { name: ${name}, size: ${poolSize}, maxSize: ${poolSize} }`,
  );
  return ["pools:", ...lines, ""].join("\n");
}
