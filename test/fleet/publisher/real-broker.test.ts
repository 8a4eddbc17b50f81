// Real brokers that publish to a real etcd: what is there, what is not, and what happens when one of them is killed.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { etcdOfSuite } from "../../support/etcd.js";
import { etcdClients } from "../../support/etcd-client.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { BrokerLab } from "../../support/broker-lab.js";
import { eventually } from "../../support/eventually.js";
import { SecretHunt } from "../../support/secret-hunt.js";
import { untilProblem } from "./broker-problems.js";
import { leaseRevisions, publishedEventually } from "./published.js";

describeWithEtcd("a broker with --fleet", () => {
  const etcd = etcdOfSuite();
  const client = etcdClients();
  let lab: BrokerLab;
  let tests = 0;
  let prefix = "";

  before(async () => {
    lab = await BrokerLab.open();
  });
  after(() => lab.close());
  beforeEach(() => {
    tests += 1;
    prefix = `/test-${tests}/`;
  });

  const fleetFlags = (hostId: string): readonly string[] => [
    "--fleet",
    etcd().url(prefix),
    "--fleet-host-id",
    hostId,
    "--fleet-presence-ttl",
    "2s",
  ];
  const published = (what: string, holds: Parameters<typeof publishedEventually>[3]) =>
    publishedEventually(client(etcd().endpoint), prefix, what, holds);

  it("has its host, its presence and its leases in etcd, as they come and go", async () => {
    const broker = await lab.start({
      flags: fleetFlags("web-1"),
      config: "fleet: { labels: { rack: a7 } }",
    });
    const caller = lab.caller(broker);
    const { presences, hosts } = await published(
      "the host",
      ({ presences: all }) => all.size > 0,
    ).then(() => published("the host", ({ hosts: all }) => all.has("web-1")));
    const host = hosts.get("web-1");
    assert.equal(presences.get("web-1")?.brokerId, host?.brokerId);
    assert.deepEqual(
      [host?.hostName, host?.address, host?.labels, host?.brokerAddresses, host?.serving],
      [hostname(), hostname(), { rack: "a7" }, [broker.address], "serving"],
    );
    assert.equal(host?.pools[0]?.usage.total, 8);

    const { leaseId, holderKey, port } = await caller.acquire({
      holder: { service: "orders", labels: { track: "blue" } },
    });
    const { leases } = await published("the lease", ({ leases: all }) => all.has(leaseId));
    const lease = leases.get(leaseId);
    assert.deepEqual(
      [lease?.port, lease?.service, lease?.labels],
      [port, "orders", { track: "blue" }],
    );
    await caller.release({ leaseId, holderKey });
    await published("its end", ({ leases: all }) => !all.has(leaseId));

    await broker.kill("SIGTERM");
    const left = await published("the stop", ({ presences: all }) => all.size === 0);
    assert.equal(left.hosts.get("web-1")?.serving, "stopped");
  });

  it("has no secret in etcd", async () => {
    const hunt = new SecretHunt();
    const broker = await lab.start({ flags: fleetFlags("web-1") });
    hunt.plant("admin token", readFileSync(broker.adminTokenFile, "utf8").trim());
    const caller = lab.caller(broker);
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const requestId = hunt.plant("request id", `request-${count}-0123456789abcdef`);
      const acquired = await caller.acquire({ requestId, holder: { service: "orders" } });
      hunt.plant("holder key", acquired.holderKey);
      ids.push(acquired.leaseId);
    }
    const { entries } = await published("the leases", ({ leases }) =>
      ids.every((id) => leases.has(id)),
    );
    assert.equal(hunt.count, 7);
    for (const { key, value } of entries) {
      assert.deepEqual([...hunt.found(key), ...hunt.found(value)], []);
    }
  });

  it("leaves its host and its leases when it is killed, and writes none of them anew afterwards", async () => {
    // What the audit sees of a port would be another change of its lease.
    const broker = await lab.start({ flags: fleetFlags("web-1"), config: "auditEvery: 1h" });
    const caller = lab.caller(broker);
    const kept = await caller.acquire({ ttl: { seconds: 3_600n } });
    const released = await caller.acquire({ ttl: { seconds: 3_600n } });
    await published("the leases", ({ leases }) => leases.size === 2);
    await broker.kill("SIGKILL");
    const left = await published("its presence goes", ({ presences }) => presences.size === 0);
    assert.deepEqual([left.leases.size, left.hosts.get("web-1")?.serving], [2, "serving"]);
    const written = leaseRevisions(left);

    const again = await lab.restart(broker);
    const back = await published("it is back", ({ presences }) => presences.size === 1);
    assert.equal(back.hosts.get("web-1")?.brokerId, left.hosts.get("web-1")?.brokerId);
    const { leaseId, holderKey } = released;
    await lab.caller(again).release({ leaseId, holderKey });
    const now = await published("the release", ({ leases }) => leases.size === 1);
    assert.ok(now.leases.has(kept.leaseId));
    for (const [key, revision] of leaseRevisions(now)) assert.equal(revision, written.get(key));
  });

  it("takes over at once what an earlier life of it left", async () => {
    const flags = ["--fleet-presence-ttl", "5m"];
    const broker = await lab.start({ flags: [...fleetFlags("web-1").slice(0, 4), ...flags] });
    const first = await published("its presence", ({ presences }) => presences.size === 1);
    await broker.kill("SIGKILL");
    await lab.restart(broker);
    const before = first.presences.get("web-1")?.startedWallMs ?? 0;
    await published("its presence", ({ presences }) => {
      const { startedWallMs } = presences.get("web-1") ?? { startedWallMs: 0 };
      return startedWallMs > before;
    });
  });

  it("says so when another broker has its host's id, and follows when that one goes", async () => {
    const first = await lab.start({ flags: fleetFlags("web-1") });
    const { hosts } = await published("the first one", ({ hosts: all }) => all.size === 1);
    const second = await lab.start({ flags: fleetFlags("web-1") });
    await untilProblem(lab.caller(second), "FLEET_HOST_ID_TAKEN");
    const lease = await lab.caller(second).acquire({});
    await first.kill("SIGKILL");
    const after = await published("the second one", ({ leases }) => leases.has(lease.leaseId));
    await eventually("its host", async () => {
      const { hosts: now } = await published("a host", ({ hosts: all }) => all.size === 1);
      return now.get("web-1")?.brokerId !== hosts.get("web-1")?.brokerId;
    });
    assert.equal(after.presences.size, 1);
  });

  it("tells labels that a reload changed, without a restart", async () => {
    const broker = await lab.start({
      flags: fleetFlags("web-1"),
      config: "fleet: { labels: { rack: a7 } }",
    });
    await published("the host", ({ hosts }) => hosts.get("web-1")?.labels["rack"] === "a7");
    writeFileSync(broker.options.configFile, "fleet: { labels: { rack: b9 }, address: 10.0.0.7 }");
    process.kill(broker.processId, "SIGHUP");
    const { hosts } = await published("the new label", ({ hosts: all }) => {
      return all.get("web-1")?.labels["rack"] === "b9";
    });
    assert.equal(hosts.get("web-1")?.address, "10.0.0.7");
  });

  it("is registered anew after it was paused for longer than its presence lasts", async () => {
    const broker = await lab.start({ flags: fleetFlags("web-1") });
    await published("its presence", ({ presences }) => presences.size === 1);
    process.kill(broker.processId, "SIGSTOP");
    try {
      await published("its presence goes", ({ presences }) => presences.size === 0);
    } finally {
      process.kill(broker.processId, "SIGCONT");
    }
    await published("its presence", ({ presences }) => presences.size === 1);
    const { leaseId } = await lab.caller(broker).acquire({});
    await published("a lease after it", ({ leases }) => leases.has(leaseId));
  });
});
