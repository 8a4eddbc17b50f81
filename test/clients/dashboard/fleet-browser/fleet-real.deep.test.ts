// The dashboard over the whole way: real brokers that publish to a real etcd, a fleet server that listens to it, a browser.

import assert from "node:assert/strict";
import { BrokerLab } from "../../../support/broker-lab.js";
import type { BrokerProcess } from "../../../support/broker-process.js";
import { etcdOfSuite } from "../../../support/etcd.js";
import { describeWithEtcd } from "../../../support/etcd-program.js";
import { adminTokenIn } from "../../../support/lease-caller.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../../support/running-fleet.js";
import { SuiteBrowser } from "../browser/support/suite-browser.js";
import { FleetPage } from "./support/fleet-page.js";

const hostIds = ["build-01", "build-02", "build-03"];

describeWithEtcd("the dashboard of real brokers through a real etcd", function () {
  this.timeout(120_000);
  const etcd = etcdOfSuite();
  const browser = SuiteBrowser.forSuite();
  const brokers = new Map<string, BrokerProcess>();
  let lab: BrokerLab;
  let fleet: TestFleet;

  before(async () => {
    lab = await BrokerLab.open();
    for (const hostId of hostIds) {
      const flags = ["--fleet", `etcd://${etcd().endpoint}`, "--fleet-host-id", hostId];
      flags.push("--fleet-address", "127.0.0.1", "--fleet-presence-ttl", "2s");
      brokers.set(hostId, await lab.start({ poolSize: 12, flags }));
    }
    fleet = await startTestFleet(etcdSource(etcd().endpoint));
  });

  after(async () => {
    await fleet.dispose();
    await lab.close();
  });

  function broker(hostId: string): BrokerProcess {
    const found = brokers.get(hostId);
    assert.ok(found !== undefined);
    return found;
  }

  async function open(hash = ""): Promise<FleetPage> {
    const { page } = await browser.open(`http://${fleet.httpAddress}/${hash}`);
    return new FleetPage(page);
  }

  it("shows the hosts, and a lease from its grant to its end, in words that no secret is among", async () => {
    const shown = await open();
    await shown.number("Heard from", "3 of 3").waitFor();
    const caller = lab.caller(broker("build-01"));
    const lease = await caller.acquire({ holder: { service: "orders", labels: { env: "prod" } } });
    await shown.number("Leases", "1").waitFor();
    await shown.search("env=prod");
    await shown.pager("1-1 of 1").waitFor();
    await shown.page.getByRole("link", { name: "orders" }).click();
    await shown.rows().getByText(`127.0.0.1:${lease.port}`).first().waitFor();
    const text = await shown.page.content();
    for (const secret of [lease.holderKey, adminTokenIn(broker("build-01").adminTokenFile)]) {
      assert.ok(!text.includes(secret));
    }
    await caller.release({ leaseId: lease.leaseId, holderKey: lease.holderKey });
    await shown.page.getByText("orders runs nowhere").waitFor();
  });

  it("says that a host's own dashboard is on the loopback of that host", async () => {
    const shown = await open("#/hosts/build-02");
    await shown.page.getByText("It is on the loopback of that host").waitFor();
    const link = shown.page.getByRole("link", { name: "Open the host's own dashboard" });
    assert.match((await link.getAttribute("href")) ?? "", /^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it("marks the leases of a broker that was killed as STALE, and says that the host answers", async () => {
    await lab.caller(broker("build-03")).acquire({ holder: { service: "carts" } });
    const shown = await open("#/hosts/build-03");
    await shown.pager("1-1 of 1").waitFor();
    await broker("build-03").kill("SIGKILL");
    await shown
      .rows()
      .getByText(/^STALE, \d+ s old$/)
      .waitFor();
    await shown.page
      .getByText(/not heard from for .*; the host answers, its broker does not/)
      .waitFor();
    await shown.goTo("Hosts");
    await shown.page.getByLabel("State").selectOption("not heard from");
    await shown.pager("1-1 of 1").waitFor();
  });

  it("tells an orderly stop from a loss", async () => {
    const shown = await open("#/hosts/build-02");
    await shown.page.getByText("heard from", { exact: true }).waitFor();
    await broker("build-02").kill("SIGTERM");
    await shown.page.getByText(/stopped in an orderly way/).waitFor();
  });

  it("says that etcd does not answer, keeps what it shows, and is right again", async () => {
    const shown = await open();
    await shown.number("Heard from", "1 of 3").waitFor();
    await etcd().kill();
    await shown.page.getByText(/^As of \d\d:\d\d:\d\d: etcd does not answer\.$/).waitFor();
    await shown.number("Heard from", "of 3").waitFor();
    await etcd().startAgain();
    await shown.page.getByText(/etcd does not answer/).waitFor({ state: "detached" });
    const caller = lab.caller(broker("build-01"));
    await caller.acquire({ holder: { service: "users" } });
    await shown.search("users");
    await shown.pager("1-1 of 1").waitFor();
  });
});
