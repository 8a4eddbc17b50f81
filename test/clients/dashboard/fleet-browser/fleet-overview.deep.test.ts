// The overview of a thousand hosts in a real browser, from a fleet server: the numbers, the map, what is wrong, and that all of it
// follows what changes.

import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.js";
import { sampleLeaseRecord } from "../../../support/fleet-samples.js";
import type { FleetPage } from "./support/fleet-page.js";
import { SuiteFleet } from "./support/suite-fleet.js";
import { thousandHosts } from "./support/thousand-hosts.js";

describe("the overview of the fleet", function () {
  this.timeout(120_000);
  const suite = SuiteFleet.forSuite({ hosts: thousandHosts });
  let shown: FleetPage;

  beforeEach(async () => {
    shown = await suite.open();
    await shown.number("Heard from", "of 1,000").waitFor();
  });

  it("has the numbers of the hosts that there are", async () => {
    await shown.number("Heard from", "970 of 1,000").waitFor();
    await shown.number("Not heard from", "20").waitFor();
    await shown.number("Stopped", "10").waitFor();
    await shown.number("Leases", suite.hosts.leaseCount.toLocaleString("en-US")).waitFor();
    const stale = suite.hosts.hosts.filter(({ state }) => state !== "heard");
    const count = stale.reduce((sum, { leases }) => sum + leases.size, 0);
    await shown.number("STALE", count.toLocaleString("en-US")).waitFor();
    await shown.page.getByText(/grants in the last hour, at most/).waitFor();
  });

  it("has strangers and exhausted pools first, then the hosts that are not heard from", async () => {
    const titles = shown.page.getByRole("region", { name: /things to look at/ }).locator("li b");
    await titles.first().waitFor();
    const texts = await titles.allInnerTexts();
    assert.match(texts[0] ?? "", /^Stranger on a leased port on \d+ hosts$/);
    assert.deepEqual(texts.slice(1), ["Full on 20 hosts", "20 hosts not heard from"]);
    assert.match(await shown.page.title(), /^Stranger on a leased port on \d+ hosts · /);
  });

  it("has the fullest pools first", async () => {
    const pools = shown.page.getByRole("region", { name: "Fullest pools" }).getByRole("listitem");
    assert.equal(await pools.count(), 10);
    assert.match(await pools.first().innerText(), /host-00017.*3 waiting\s+0 of \d+ free/s);
  });

  it("counts a lease within two seconds, and no more when it has ended", async () => {
    const [host] = suite.hosts.hosts;
    assert.ok(host !== undefined);
    const before = suite.hosts.leaseCount;
    suite.sink.putLease(host.hostId, "new", sampleLeaseRecord());
    await shown.number("Leases", (before + 1).toLocaleString("en-US")).waitFor({ timeout: 2_000 });
    suite.sink.removeLease(host.hostId, "new");
    await shown.number("Leases", before.toLocaleString("en-US")).waitFor({ timeout: 2_000 });
  });

  it("draws a host otherwise when its broker is not heard from any more, and as before when it is", async () => {
    const [host] = suite.hosts.hosts;
    assert.ok(host !== undefined);
    const well = await shown.mapPicture();
    suite.sink.removePresence(host.hostId);
    await shown.number("Not heard from", "21").waitFor();
    await eventually("it is drawn otherwise", async () => (await shown.mapPicture()) !== well);
    suite.sink.putPresence(host.hostId, host.presence());
    await shown.number("Not heard from", "20").waitFor();
    await eventually("it is drawn as before", async () => (await shown.mapPicture()) === well);
  });

  it("tells of a host that the mouse picks, and opens it at the second click", async () => {
    const canvas = shown.maps().first().locator("canvas");
    await canvas.hover({ position: { x: 5, y: 5 } });
    await shown.page.locator(".port-tip").getByText("host-00000.north-1.example").waitFor();
    await canvas.click({ position: { x: 5, y: 5 } });
    await shown.details().getByText("host-00000.north-1.example", { exact: true }).waitFor();
    await canvas.click({ position: { x: 5, y: 5 } });
    await shown.heading("host-00000.north-1.example").waitFor();
  });

  it("groups the hosts by a label, and shares the group and the host that is picked", async () => {
    await shown.page.getByLabel("Group by").selectOption("zone");
    await shown.page.getByRole("heading", { name: "zone=north-1" }).waitFor();
    assert.equal(await shown.maps().count(), 3);
    await shown.maps().nth(1).focus();
    await shown.page.keyboard.press("Home");
    await shown.details().getByText("host-00001.north-2.example", { exact: true }).waitFor();
    await shown.page.waitForURL(/host=host-00001/);
    const { hash } = new URL(shown.page.url());
    const other = await suite.open(hash);
    await other.details().getByText("host-00001.north-2.example", { exact: true }).waitFor();
    assert.equal(await other.maps().count(), 3);
  });

  it("says that the view is old when the source is not heard, since when and why", async () => {
    suite.sink.setSource({ connected: false, detail: "nothing listens at 10.0.0.9:2379" });
    await shown.page.getByText(/^As of \d\d:\d\d:\d\d: etcd does not answer\.$/).waitFor();
    await shown.page.getByText("Nothing listens at 10.0.0.9:2379.").first().waitFor();
    suite.sink.setSource({ connected: true, detail: "" });
    await shown.page.getByText(/etcd does not answer/).waitFor({ state: "detached" });
  });
});
