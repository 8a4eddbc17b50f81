// The dashboard without a mouse: everything that can be done is reached by Tab, and seen where one is.

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { makeScenario } from "./support/scenarios.js";
import { type ScriptedBroker, startScriptedBroker } from "./support/scripted-broker.js";
import { TestBrowser, type TestPage } from "./support/test-browser.js";

/** More than any page has. */
const stopsMax = 120;

describe("the dashboard by the keyboard alone", function () {
  this.timeout(120_000);
  let broker: ScriptedBroker;
  let browser: TestBrowser;
  let opened: TestPage;

  before(async () => {
    broker = await startScriptedBroker(makeScenario("stranger"));
    browser = await TestBrowser.start();
  });

  after(async () => {
    await browser.close();
    await broker.close();
  });

  afterEach(async () => {
    opened.assertNoComplaint();
    await opened.close();
  });

  async function open(hash: string): Promise<Page> {
    opened = await browser.open(`${broker.url}${hash}`);
    await opened.page.getByRole("heading", { level: 1 }).first().waitFor();
    return opened.page;
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
      await page.evaluate(
        () => document.activeElement instanceof HTMLElement && document.activeElement.blur(),
      );
      const wanted = await page.evaluate(controls);
      const reached = new Set<string>();
      for (let stop = 0; stop < stopsMax && reached.size < wanted.length; stop += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(focused);
        if (at === null) continue;
        assert.ok(at.isOutlined, `${at.name} does not show that it has the focus`);
        reached.add(at.name);
      }
      assert.deepEqual(
        wanted.filter((name) => !reached.has(name)),
        [],
      );
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

async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < stopsMax; stop += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(focused))?.name === name) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

/** In the page: the names of what can be used. */
function controls(): string[] {
  const found = document.querySelectorAll<HTMLElement>(
    "a[href], button:enabled, input, select, [tabindex='0']",
  );
  return [...found].map(
    (each) => each.getAttribute("aria-label") ?? each.innerText ?? each.tagName,
  );
}

/** In the page: what has the focus, and whether that is seen. */
function focused(): { name: string; isOutlined: boolean } | null {
  const at = document.activeElement;
  if (!(at instanceof HTMLElement) || at === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return {
    name: at.getAttribute("aria-label") ?? at.innerText ?? at.tagName,
    isOutlined: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
  };
}
