// Each view of a fleet of a thousand hosts, as a picture in .build/screenshots for people to look at; and what a program can see of it:
// nothing scrolls sideways, axe-core finds no grave fault, the browser does not complain.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { repositoryRoot } from "../../../support/repository.js";
import { assertAccessible, assertNoSidewaysScroll } from "../browser/support/page-checks.js";
import { SuiteFleet } from "./support/suite-fleet.js";
import { thousandHosts } from "./support/thousand-hosts.js";

const folder = join(repositoryRoot, ".build", "screenshots");

const views = [
  { name: "overview", hash: "", ready: "grants in the last hour" },
  {
    name: "groups",
    hash: "#/?group=zone&host=host-00017.south-1.example",
    ready: "Open host-00017",
  },
  { name: "hosts", hash: "#/hosts?state=lost", ready: "1-20 of 20" },
  { name: "host", hash: "#/hosts/host-00017.south-1.example", ready: "1-50 of" },
  { name: "silent-host", hash: "#/hosts/host-00097.north-2.example", ready: "1-50 of" },
  { name: "search", hash: "#/search?q=host-0000", ready: "1-50 of" },
  { name: "service", hash: "#/services/orders", ready: "1-50" },
  { name: "problems", hash: "#/problems", ready: "1-50 of" },
] as const;

const windows = [
  { name: "wide", width: 1_600 },
  { name: "narrow", width: 400 },
] as const;

const themes = ["light", "dark"] as const;

describe("the pictures of the dashboard of the fleet", function () {
  this.timeout(120_000);
  const suite = SuiteFleet.forSuite({ hosts: thousandHosts });

  before(() => void mkdirSync(folder, { recursive: true }));

  afterEach(() => suite.sink.setSource({ connected: true, detail: "" }));

  async function keep(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(folder, `fleet-${name}.png`), fullPage: true });
  }

  for (const theme of themes) {
    for (const { name: window, width } of windows) {
      for (const { name, hash, ready } of views) {
        it(`show the view ${name}: ${theme}, ${window}`, async () => {
          const { page } = await suite.open(hash, { width, theme });
          await page.getByText(ready).first().waitFor();
          await assertNoSidewaysScroll(page, name);
          await assertAccessible(page, name);
          await keep(page, `${name}-${window}-${theme}`);
        });
      }
    }

    it(`show a source that is not heard: ${theme}`, async () => {
      suite.sink.setSource({ connected: false, detail: "nothing listens at 10.0.0.9:2379" });
      const { page } = await suite.open("", { theme });
      await page.getByText(/etcd does not answer/).waitFor();
      await keep(page, `source-${theme}`);
      await assertAccessible(page, "a source that is not heard");
    });
  }
});

describe("the picture of a fleet without hosts", function () {
  this.timeout(120_000);
  const suite = SuiteFleet.forSuite({ hosts: { hostCount: 0, leasesPerHost: 0 } });

  it("says how a broker becomes a part of it", async () => {
    const { page } = await suite.open();
    await page.getByText("portlease serve --fleet").first().waitFor();
    await assertAccessible(page, "a fleet without hosts");
    await page.screenshot({ path: join(folder, "fleet-empty.png") });
  });
});
