// The lists of a thousand hosts and two hundred thousand leases in a real browser: filtered, sorted, paged, found, shared by a link.

import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.js";
import { sampleLeaseRecord } from "../../../support/fleet-samples.js";
import type { FleetPage } from "./support/fleet-page.js";
import { SuiteFleet } from "./support/suite-fleet.js";
import { thousandHosts } from "./support/thousand-hosts.js";

const silentId = "host-00047.south-1.example";

describe("the lists of the fleet", function () {
  this.timeout(120_000);
  const suite = SuiteFleet.forSuite({ hosts: thousandHosts });

  async function firstOf(shown: FleetPage, column: number): Promise<string> {
    return (await shown.column(column))[0] ?? "";
  }

  describe("of hosts", () => {
    it("filters by a word, a label and a state, as one types", async () => {
      const shown = await suite.open("#/hosts");
      await shown.pager("1-50 of 1,000").waitFor();
      await shown.filter("zone=south-1 role=build");
      await shown.pager("1-50 of 83").waitFor();
      await shown.page.getByLabel("State").selectOption("not heard from");
      await shown.filter("");
      await shown.pager("1-20 of 20").waitFor();
      await shown.filter("no-host-has-this");
      await shown.page.getByText("No host fits").waitFor();
    });

    it("sorts and pages, and a link shows the same to another person", async () => {
      const shown = await suite.open("#/hosts");
      await shown.page.getByRole("button", { name: "Used" }).click();
      await shown.page.getByRole("button", { name: "Used" }).click();
      await eventually("the fullest first", async () =>
        (await firstOf(shown, 3)).startsWith("100 %"),
      );
      await shown.page.getByRole("button", { name: "Next" }).click();
      await shown.pager("51-100 of 1,000").waitFor();
      const other = await suite.open(new URL(shown.page.url()).hash);
      await other.pager("51-100 of 1,000").waitFor();
      assert.deepEqual(await other.column(1), await shown.column(1));
    });

    it("says what was found at the address of a host that is not heard from", async () => {
      const shown = await suite.open(`#/hosts?search=${silentId}`);
      const says = (text: RegExp): Promise<void> => shown.rows().getByText(text).waitFor();
      const probe = (outcome: "no-answer" | "host-answers" | "unknown"): void =>
        suite.served.view.setProbe(silentId, { outcome, triedWallMs: Date.now() });
      probe("host-answers");
      await says(/^for .*; the host answers, its broker does not$/);
      probe("no-answer");
      await says(/nothing answers: host down, or the network or a firewall in between$/);
      probe("unknown");
      await says(/cannot be told/);
    });

    it("goes from a host to its leases, and filters them", async () => {
      const shown = await suite.open("#/hosts");
      await shown.page.getByRole("link", { name: "host-00001.north-2.example" }).click();
      await shown.heading("host-00001.north-2.example").waitFor();
      await shown.page.getByText("Open the host's own dashboard").waitFor();
      await shown.filter("orders");
      await eventually("only orders", async () => {
        const services = await shown.column(2);
        return services.length > 0 && services.every((text) => text.startsWith("orders"));
      });
      await shown.page.getByRole("button", { name: "Port" }).click();
      const ports = await eventually("from the highest", async () => {
        const found = (await shown.column(1)).map(Number);
        return (found[0] ?? 0) > (found.at(-1) ?? 0) ? found : null;
      });
      assert.deepEqual(
        ports,
        ports.toSorted((a, b) => b - a),
      );
    });
  });

  describe("of leases", () => {
    it("finds by a service, and goes to where it runs", async () => {
      const shown = await suite.open();
      await shown.search("ci-runner");
      await shown.heading("Found by ci-runner").waitFor();
      await shown.rows().first().waitFor();
      assert.ok((await shown.column(2)).every((text) => text.startsWith("ci-runner")));
      await shown.page.getByRole("link", { name: "The service ci-runner" }).click();
      await shown.heading("ci-runner").waitFor();
      await shown.rows().first().waitFor();
      assert.match(await firstOf(shown, 1), /^host-00000\.north-1\.example:2\d{4}/);
      await shown.page.getByRole("button", { name: "Next" }).click();
      await shown.pager("51-100").waitFor();
    });

    it("finds by a port, a label and a host, and hosts by the same words", async () => {
      const shown = await suite.open();
      suite.sink.putLease("host-00001.north-2.example", "only", {
        ...sampleLeaseRecord({ port: 40_417, service: "lonely", labels: { env: "prod" } }),
      });
      await shown.search("40417");
      await shown.pager("1-1 of 1").waitFor();
      await shown.search("env=prod");
      await shown.pager("1-1 of 1").waitFor();
      assert.match(await firstOf(shown, 2), /^lonely/);
      await shown.search("host-00001");
      await shown.page.getByRole("heading", { name: "1 host" }).waitFor();
      await shown.search('service = "lonely" AND port > 40000');
      await shown.pager("1-1 of 1").waitFor();
      suite.sink.removeLease("host-00001.north-2.example", "only");
      await shown.page.getByText("No lease fits").waitFor();
    });

    it("says what is wrong with a filter, in the fleet server's words", async () => {
      suite.browser.expect(/the server responded with a status of 400/);
      const shown = await suite.open();
      await shown.search("colour > 3");
      assert.match(await shown.page.getByRole("main").getByRole("alert").innerText(), /colour/);
    });

    it("marks STALE ones with their age, and leaves them out where asked to", async () => {
      const shown = await suite.open(`#/hosts/${silentId}`);
      await shown.rows().first().waitFor();
      assert.match(await firstOf(shown, 3), /^STALE, \d+ (?:h|m) /);
      suite.sink.putLease(silentId, "only", sampleLeaseRecord({ service: "lonely" }));
      const service = await suite.open("#/services/lonely");
      await service
        .rows()
        .getByText(/^STALE/)
        .waitFor();
      await service.page.getByLabel("STALE ones, too").uncheck();
      await service.page.getByText("lonely runs nowhere").waitFor();
      suite.sink.removeLease(silentId, "only");
    });
  });

  it("has all problems, and those that are bad enough", async () => {
    const shown = await suite.open();
    await shown.goTo("Problems");
    const count = async (): Promise<number> =>
      Number(/of (\d+)/.exec(await shown.page.locator(".pager p").innerText())?.[1]);
    await shown.page.locator(".pager p").waitFor();
    const all = await count();
    await shown.page.getByRole("button", { name: "critical" }).click();
    await eventually("fewer are critical", async () => (await count()) < all);
    assert.match(shown.page.url(), /severity=critical/);
  });
});
