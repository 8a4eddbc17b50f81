// Each state that a host can be in, as a picture in .build/screenshots for people to look at; and what a program can see of it: the
// verdict names the state, nothing scrolls sideways, axe-core finds no grave fault, the browser does not complain.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { repositoryRoot } from "../../../support/repository.js";
import { assertAccessible, assertNoSidewaysScroll } from "./support/page-checks.js";
import { makeScenario } from "./support/scenarios.js";
import { type ScriptedBroker, startScriptedBroker } from "./support/scripted-broker.js";
import { SuiteBrowser } from "./support/suite-browser.js";
import type { TestPage } from "./support/test-browser.js";

const folder = join(repositoryRoot, ".build", "screenshots");

/** The states, and what the verdict says of each. */
const states: readonly (readonly [scenario: string, title: string])[] = [
  ["well", "All well"],
  ["nearly-full", "Nearly full"],
  ["full", "Full"],
  ["stranger", "Stranger on a leased port"],
  ["unprotected", "Unprotected leases"],
  ["draining", "Draining"],
  ["read-only", "Read-only"],
  ["trouble", "Stranger on a leased port"],
];

const views = [
  { name: "leases", hash: "#/leases", heading: "Leases" },
  { name: "lease", hash: "#/leases/01k3q9w0c8t5h7", heading: "What happened" },
  { name: "blocks", hash: "#/blocks", heading: "Blocks" },
  { name: "events", hash: "#/events", heading: "Events" },
  { name: "explain", hash: "#/explain/20231", heading: "cannot be bound" },
] as const;

const windows = [
  { name: "wide", width: 1_600 },
  { name: "narrow", width: 400 },
] as const;

const themes = ["light", "dark"] as const;

/** What browsers say of a broker that is not there. */
const noConnection = /net::ERR_|Failed to load resource/;

describe("the pictures of the dashboard", function () {
  this.timeout(120_000);
  const browser = SuiteBrowser.forSuite();
  const brokers: ScriptedBroker[] = [];

  before(() => void mkdirSync(folder, { recursive: true }));

  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.close();
  });

  async function open(
    scenario: string,
    hash: string,
    options: { width: number; theme: "light" | "dark" },
  ): Promise<TestPage> {
    const broker = await startScriptedBroker(makeScenario(scenario));
    brokers.push(broker);
    return browser.open(`${broker.url}${hash}`, options);
  }

  async function keep(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  for (const theme of themes) {
    for (const { name: window, width } of windows) {
      for (const [scenario, title] of states) {
        it(`show the state ${scenario}: ${theme}, ${window}`, async () => {
          const { page } = await open(scenario, "", { width, theme });
          await page.getByRole("heading", { level: 1, name: title }).waitFor();
          await page.getByText("ports leased now").waitFor();
          await assertNoSidewaysScroll(page, scenario);
          await assertAccessible(page, scenario);
          await keep(page, `${scenario}-${window}-${theme}`);
        });
      }

      for (const { name, hash, heading } of views) {
        it(`show the view ${name}: ${theme}, ${window}`, async () => {
          const { page } = await open("stranger", hash, { width, theme });
          await page.getByRole("heading", { name: heading }).first().waitFor();
          await page.getByText(name === "leases" ? "1-50 of 59" : "build-host-07").waitFor();
          await assertNoSidewaysScroll(page, name);
          await assertAccessible(page, name);
          await keep(page, `view-${name}-${window}-${theme}`);
        });
      }
    }

    it(`show a broker that does not answer: ${theme}`, async () => {
      browser.expect(noConnection);
      const { page } = await open("well", "", { width: 1_280, theme });
      await page.getByText("ports leased now").waitFor();
      await brokers.splice(0)[0]?.close();
      await page.getByText("Connection lost.").waitFor();
      await page.getByRole("heading", { level: 1, name: "Unknown" }).waitFor();
      await assertNoSidewaysScroll(page, "disconnected");
      await keep(page, `disconnected-${theme}`);
    });
  }

  it("show ten thousand ports", async () => {
    const { page } = await open("large", "", { width: 1_600, theme: "light" });
    await page.getByText("10,000 ports", { exact: true }).waitFor();
    await keep(page, "large-wide-light");
  });

  it("show a host without a lease, and how to get one", async () => {
    const { page } = await open("empty", "#/leases", { width: 1_280, theme: "light" });
    await page.getByText("No port is leased yet").waitFor();
    await page.getByText("portlease run --service hello").first().waitFor();
    await keep(page, "empty-leases-light");
  });

  it("show one port of many", async () => {
    const { page } = await open("stranger", "", { width: 1_280, theme: "dark" });
    const grid = page.getByRole("application");
    await grid.focus();
    for (let step = 0; step < 8; step += 1) await page.keyboard.press("ArrowRight");
    await page.getByRole("link", { name: "Open lease" }).last().waitFor();
    await assertAccessible(page, "one port");
    await keep(page, "port-dark");
  });

  it("show the dialog that asks before a lease is revoked", async () => {
    const { page } = await open("stranger", "#/leases/01k3q9w0c8t5h7", {
      width: 1_000,
      theme: "light",
    });
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").waitFor();
    await assertAccessible(page, "the dialog");
    await keep(page, "revoke-light");
  });
});
