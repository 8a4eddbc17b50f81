// The dashboard without a mouse: everything that can be done is reached by Tab, and seen where one is.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { assertAllReached, tabTo } from "./support/keyboard.js";
import { makeScenario } from "./support/scenarios.js";
import { type ScriptedBroker, startScriptedBroker } from "./support/scripted-broker.js";
import { SuiteBrowser } from "./support/suite-browser.js";

describe("the dashboard by the keyboard alone", function () {
  this.timeout(120_000);
  const browser = SuiteBrowser.forSuite();
  let broker: ScriptedBroker;

  before(async () => {
    broker = await startScriptedBroker(makeScenario("stranger"));
  });

  after(() => broker.close());

  async function open(hash: string): Promise<Page> {
    const { page } = await browser.open(`${broker.url}${hash}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    return page;
  }

  for (const hash of [
    "",
    "#/leases",
    "#/leases/01k3q9w0c8t5h7",
    "#/blocks",
    "#/events",
    "#/explain/20231",
  ]) {
    it(`reaches every link and control of ${hash === "" ? "the overview" : hash}, each seen to have the focus`, async () => {
      const page = await open(hash);
      await assertAllReached(page);
    });
  }

  it("skips to the content", async () => {
    const page = await open("#/leases");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    assert.match(page.url(), /#\/leases$/);
  });

  it("goes from the overview to a lease, and from there to the question before it is revoked", async () => {
    const page = await open("");
    await tabTo(page, "Open lease");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "What happened" }).waitFor();
    await tabTo(page, "Revoke …");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("remembers the theme that was chosen", async () => {
    const page = await open("");
    await tabTo(page, "Use the dark theme");
    await page.keyboard.press("Enter");
    await page.reload();
    await page.getByRole("button", { name: "Use the light theme" }).waitFor();
  });
});
