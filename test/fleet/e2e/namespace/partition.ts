// Etcd and a broker on hosts of their own, and a fleet server here, with a cable between any two of them. partition.deep.test.ts runs
// this file with mocha, in a network namespace of its own.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FleetLease_State,
  Host_Probe,
  Host_State,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { AccessFiles } from "../../../support/access-lab.js";
import { BrokerProcess } from "../../../support/broker-process.js";
import { findEtcd } from "../../../support/etcd-program.js";
import { FleetPicture } from "../../../support/fleet-picture.js";
import { type Acquired, fromMs, LeaseCaller } from "../../../support/lease-caller.js";
import { Cable, NamespaceHost } from "../../../support/namespace-net.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../../support/running-fleet.js";

/** The networks 10.1 to 10.4: broker and etcd, fleet server and etcd, broker and fleet server, and one that stays for the test. */
const etcdPort = 2_379;
const brokerPort = 7_600;
const holderToken = "holder-token-of-a-test".padEnd(43, "x");

describe("a fleet on a network that comes apart", () => {
  const folder = mkdtempSync(join(tmpdir(), "portlease-partition-"));
  const files = new AccessFiles(folder);
  let etcdHost: NamespaceHost;
  let brokerHost: NamespaceHost;
  let etcd: ChildProcess;
  let broker: BrokerProcess;
  let holder: LeaseCaller;
  let fleet: TestFleet;
  let picture: FleetPicture;
  let held: Acquired[];
  let brokerToEtcd: Cable;
  let fleetToEtcd: Cable;
  let fleetToBroker: Cable;

  before(async () => {
    etcdHost = await NamespaceHost.open();
    brokerHost = await NamespaceHost.open();
    const [onEtcd, onBroker] = [{ host: etcdHost }, { host: brokerHost }];
    brokerToEtcd = new Cable(
      "data",
      { ...onBroker, address: "10.1.0.1" },
      { ...onEtcd, address: "10.1.0.2" },
    );
    fleetToEtcd = new Cable(
      "view",
      { host: null, address: "10.2.0.1" },
      { ...onEtcd, address: "10.2.0.2" },
    );
    fleetToBroker = new Cable(
      "knock",
      { host: null, address: "10.3.0.1" },
      { ...onBroker, address: "10.3.0.2" },
    );
    void new Cable(
      "test",
      { host: null, address: "10.4.0.1" },
      { ...onBroker, address: "10.4.0.2" },
    );
    etcd = startEtcd();
    broker = await startBroker();
    const access = { token: holderToken, channel: files.channel() };
    holder = new LeaseCaller(`10.4.0.2:${brokerPort}`, null, access);
    fleet = await startTestFleet(etcdSource(`10.2.0.2:${etcdPort}`));
    picture = await FleetPicture.open(fleet.address);
    held = [];
    for (let count = 0; count < 3; count += 1) await grant();
    await untilRight();
  });

  after(async () => {
    picture.close();
    await fleet.dispose();
    holder.close();
    await broker.kill("SIGKILL");
    const ended = once(etcd, "exit");
    etcd.kill("SIGKILL");
    await ended;
    await Promise.all([etcdHost.close(), brokerHost.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  function startEtcd(): ChildProcess {
    const [program, ...args] = [...etcdHost.wrapper, findEtcd()?.etcd ?? "etcd"];
    const listen = `http://0.0.0.0:${etcdPort}`;
    const flags = [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${listen}`,
      `--advertise-client-urls=http://10.1.0.2:${etcdPort}`,
      "--heartbeat-interval=20",
      "--election-timeout=200",
      "--logger=zap",
      "--log-outputs=stdout",
    ];
    const child = spawn(program, [...args, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.resume();
    return child;
  }

  function startBroker(): Promise<BrokerProcess> {
    const configFile = join(folder, "portlease.yaml");
    const { certFile, keyFile } = files.tls();
    const tokens = [files.token("holder", "holder", holderToken)];
    const at = { etcd: `etcd://10.1.0.2:${etcdPort}`, hostId: "apart", address: "10.3.0.2" };
    const config = {
      fleet: { ...at, presenceTtl: "2s" },
      tls: { certFile, keyFile },
      requireToken: true,
      tokens,
    };
    writeFileSync(configFile, JSON.stringify(config));
    return BrokerProcess.start({
      dataDirectory: join(folder, "data"),
      configFile,
      flags: ["--listen", `0.0.0.0:${brokerPort}`, "--http-listen", "off"],
      wrapper: brokerHost.wrapper,
    });
  }

  /** How long it took, in ms. */
  async function grant(): Promise<number> {
    const askedMs = performance.now();
    held.push(await holder.acquire({ ttl: fromMs(3_600_000) }));
    return performance.now() - askedMs;
  }

  /** A lease comes, one goes, and one is renewed: the broker goes on, and others see that it does only when they may. */
  async function goesOn(): Promise<void> {
    const tookMs = await grant();
    const [gone, kept] = held.splice(0, 1).concat(held);
    if (gone !== undefined) await holder.release(gone);
    if (kept !== undefined) await holder.renew(kept);
    console.log(`      a grant took ${tookMs.toFixed(1)} ms`);
  }

  const host = () => picture.hosts.get("apart");

  async function untilRight(): Promise<void> {
    await picture.until("all is right", () => {
      const expected = held.map(({ leaseId }) => leaseId).toSorted();
      return (
        host()?.state === Host_State.STATE_HEARD_FROM &&
        picture.problems.length === 0 &&
        picture.leaseIdsOf("apart").join() === expected.join() &&
        [...picture.leases.values()].every(({ state }) => state === FleetLease_State.STATE_ACTIVE)
      );
    });
  }

  async function untilNotHeard(probe: Host_Probe): Promise<void> {
    await picture.until(`it is not heard from, and the probe says ${probe}`, () => {
      return host()?.state === Host_State.STATE_NOT_HEARD_FROM && host()?.probe === probe;
    });
  }

  it("has a broker that goes on when it is cut off from etcd, and is told to be running", async () => {
    brokerToEtcd.cut();
    await untilNotHeard(Host_Probe.PROBE_BROKER_ANSWERS);
    const known = picture.leaseIdsOf("apart");
    await goesOn();
    await picture.catchUp();
    assert.deepEqual(picture.leaseIdsOf("apart"), known, "what was known stays, and is STALE");
    assert.equal(picture.fleet?.staleLeases, known.length);
    brokerToEtcd.mend();
    await untilRight();
  }).timeout(100_000);

  it("tells nothing of a broker that is cut off from everybody", async () => {
    brokerToEtcd.cut();
    fleetToBroker.cut();
    await untilNotHeard(Host_Probe.PROBE_NO_ANSWER);
    await goesOn();
    fleetToBroker.mend();
    brokerToEtcd.mend();
    await untilRight();
  }).timeout(100_000);

  it("is right again after etcd heard a broker that did not hear etcd", async () => {
    brokerToEtcd.cutAnswers();
    await untilNotHeard(Host_Probe.PROBE_BROKER_ANSWERS);
    await goesOn();
    brokerToEtcd.mendAnswers();
    await untilRight();
  }).timeout(100_000);

  it("has a fleet server that says how old its view is when it is cut off from etcd itself", async () => {
    picture.forgetFewest();
    fleetToEtcd.cut();
    await picture.until("it says so", () => picture.fleet?.source?.connected === false);
    await goesOn();
    assert.equal(host()?.state, Host_State.STATE_HEARD_FROM, "as it was heard last");
    fleetToEtcd.mend();
    await untilRight();
    assert.equal(picture.fewest.hosts, 1);
  }).timeout(100_000);
});
