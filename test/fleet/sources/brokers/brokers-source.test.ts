// Real brokers watched one by one: their hosts, their leases, and what becomes of both when a broker goes and comes back.

import assert from "node:assert/strict";
import { hostname } from "node:os";
import type { BrokerListListener } from "#fleet/sources/brokers/broker-list.js";
import {
  type BrokerTarget,
  givenBrokers,
  noDefaults,
} from "#fleet/sources/brokers/broker-target.js";
import { absentAfterMs } from "#fleet/sources/brokers/broker-link.js";
import { GivenList } from "#fleet/sources/brokers/broker-list.js";
import { FleetSourceError } from "#fleet/sources/fleet-source.js";
import { assignHostIds } from "#fleet/sources/brokers/host-ids.js";
import { systemPacing } from "#fleet/sources/pacing.js";
import { CutLine } from "../../../e2e/support/cut-line.js";
import { eventually } from "../../../support/eventually.js";
import { startTestBroker, type TestBroker } from "../../../support/running-broker.js";
import { BrokerFleet } from "./broker-fleet.js";

/** A list that the test changes. */
class ChangingList {
  readonly name = "the list of the test";
  #listener: BrokerListListener | null = null;
  #brokers: readonly BrokerTarget[];

  constructor(addresses: readonly string[]) {
    this.#brokers = givenBrokers(addresses, noDefaults);
  }

  follow(listener: BrokerListListener): Promise<void> {
    this.#listener = listener;
    listener.changed(this.#brokers);
    return Promise.resolve();
  }

  replace(addresses: readonly string[]): void {
    this.replaceWith(givenBrokers(addresses, noDefaults));
  }

  replaceWith(brokers: readonly BrokerTarget[]): void {
    this.#brokers = brokers;
    this.#listener?.changed(this.#brokers);
  }

  fail(why: string): void {
    this.#listener?.failed(why);
  }
}

describe("a fleet of brokers that are watched one by one", () => {
  const brokers: TestBroker[] = [];
  let fleet: BrokerFleet | null = null;

  afterEach(async () => {
    await fleet?.close();
    fleet = null;
    await Promise.all(brokers.splice(0).map((broker) => broker.dispose()));
  });

  async function startBroker(listen = "127.0.0.1:0"): Promise<TestBroker> {
    const broker = await startTestBroker({}, { listen });
    brokers.push(broker);
    return broker;
  }

  function watch(...addresses: readonly string[]): BrokerFleet {
    fleet = new BrokerFleet(new GivenList(givenBrokers(addresses, noDefaults)));
    return fleet;
  }

  it("shows a broker's host, with its pools and where it is", async () => {
    const { address } = await startBroker();
    const host = await watch(address).untilHeard(address);
    assert.equal(host.hostId, assignHostIds(new Map([[address, hostname()]])).get(address));
    assert.equal(host.record?.hostName, hostname());
    assert.equal(host.record?.address, "127.0.0.1");
    assert.equal(host.record?.serving, "serving");
    assert.equal(host.record?.platform, process.platform);
    assert.match(host.record?.dashboardUrl ?? "", /^http:/);
    assert.deepEqual(
      host.record?.pools.map(({ name, protocol, usage }) => [name, protocol, usage.total]),
      [["default", "tcp", 16]],
    );
    assert.equal(fleet?.view.source().connected, true);
  });

  it("shows leases that were there before, that come, and that go", async () => {
    const { address } = await startBroker();
    const first = new BrokerFleet(new GivenList(givenBrokers([address], noDefaults)));
    await first.caller(address).acquire();
    await first.close();
    const { view } = watch(address);
    const holder = { service: "orders", instance: "1", labels: { tier: "gold" } };
    const host = await fleet?.until("the first", address, ({ leases }) => leases.length === 1);
    const acquired = await fleet?.caller(address).acquire("", { holder, portCount: 2 });
    await eventually("the second", () => view.leasesOfService("orders").length === 1);
    const [lease] = view.leasesOfService("orders");
    assert.equal(lease?.leaseId, acquired?.lease?.leaseId);
    assert.equal(lease?.host.hostId, host?.hostId);
    assert.equal(lease?.record.port, acquired?.lease?.port);
    assert.equal(lease?.record.portCount, 2);
    assert.deepEqual({ ...lease?.record.labels }, { tier: "gold" });
    assert.equal(lease?.record.generation, Number(acquired?.lease?.generation));
    await eventually("its usage", () => (host?.usage.leased ?? 0) === 3);
  });

  it("tells brokers that call their hosts the same apart, and calls them the same however they came", async () => {
    const [one, other] = [await startBroker(), await startBroker()];
    const list = new ChangingList([one.address]);
    fleet = new BrokerFleet(list);
    await fleet.untilHeard(one.address);
    await fleet.caller(one.address).acquire();
    await fleet.until("its lease", one.address, ({ leases }) => leases.length === 1);
    list.replace([one.address, other.address]);
    await fleet.untilHeard(other.address);
    const expected = assignHostIds(
      new Map([one.address, other.address].map((address) => [address, hostname()])),
    );
    assert.deepEqual(
      new Set(fleet.summary),
      new Set([
        `${expected.get(one.address)}: heard-from, 1`,
        `${expected.get(other.address)}: heard-from, 0`,
      ]),
    );
    // Alone again it has its name back, with what it has.
    list.replace([one.address]);
    const name = assignHostIds(new Map([[one.address, hostname()]])).get(one.address);
    assert.deepEqual(fleet.summary, [`${name}: heard-from, 1`]);
  });

  it("lets a host have the id that another one gives up at the same moment", () => {
    const named = (address: string, name: string) => ({ ...noDefaults, address, name });
    const [one, other] = [named("127.0.0.1:3", "n-127.0.0.1-1"), named("127.0.0.1:1", "n")];
    const list = new ChangingList([]);
    fleet = new BrokerFleet(list);
    list.replaceWith([one, other, named("127.0.0.1:2", "n")]);
    const ids = (): readonly string[] => (fleet?.hosts ?? []).map(({ hostId }) => hostId);
    assert.deepEqual(ids(), ["n-127.0.0.1-1", "n-127.0.0.1-1-2", "n-127.0.0.1-2"]);
    list.replaceWith([one, other]);
    assert.deepEqual(ids(), ["n", "n-127.0.0.1-1"]);
  });

  it("shows a broker that was never heard as a host that is not heard from, and says why", async () => {
    const { address } = await startBroker();
    await brokers[0]?.stop("the test wants it");
    const { view } = watch(address);
    const host = await fleet?.until("it says why", address, (each) =>
      view.problemsOf(each.hostId).some(({ problem }) => problem.reason === "SOURCE_UNREACHABLE"),
    );
    assert.equal(host?.state, "not-heard-from");
    assert.equal(host?.lastHeardWallMs, null);
    assert.equal(host?.hostId, "127.0.0.1");
    await eventually("the source", () => !view.source().connected);
    assert.match(view.source().detail, /none of 1 brokers is heard/);
    assert.ok((fleet?.source.stats.failures ?? 0) > 0);
  });

  it("shows a broker that stops as stopped, keeps its leases, and goes on when it is back", async () => {
    const broker = await startBroker();
    const { address } = broker;
    const { view, source } = watch(address);
    await fleet?.untilHeard(address);
    await fleet?.caller(address).acquire();
    await fleet?.until("its lease", address, ({ leases }) => leases.length === 1);
    await broker.stop("the test wants it");
    const stopped = await fleet?.until("it stopped", address, ({ state }) => state === "stopped");
    assert.equal(stopped?.leases.length, 1);
    await startBroker(address);
    await fleet?.untilHeard(address);
    // Another broker, whose leases are others: what was of the one before is gone.
    await fleet?.until("its leases", address, ({ leases }) => leases.length === 0);
    assert.equal(view.source().connected, true);
    assert.equal(source.stats.snapshots, 2);
    assert.equal(source.stats.compactions, 1);
  });

  it("removes the host of a broker that is taken out of the list", async () => {
    const [one, other] = [await startBroker(), await startBroker()];
    const list = new ChangingList([one.address, other.address]);
    fleet = new BrokerFleet(list);
    await fleet.untilHeard(one.address);
    await fleet.untilHeard(other.address);
    await fleet.caller(one.address).acquire();
    await fleet.until("its lease", one.address, ({ leases }) => leases.length === 1);
    list.replace([other.address]);
    assert.deepEqual(
      fleet.hosts.map(({ record }) => record?.brokerAddresses),
      [[other.address]],
    );
    assert.equal(fleet.view.leaseCount, 0);
    assert.deepEqual(fleet.source.addresses, [other.address]);
  });

  it("keeps its brokers when the list cannot be had any more, and says so until it can", async () => {
    const { address } = await startBroker();
    const list = new ChangingList([address]);
    fleet = new BrokerFleet(list);
    await fleet.untilHeard(address);
    list.fail("it is no YAML");
    assert.match(fleet.view.source().unreadableExample, /the list of the test.*it is no YAML/);
    assert.equal(fleet.hosts.length, 1);
    list.replace([address]);
    assert.equal(fleet.view.source().unreadableCount, 0);
  });

  it("forgets no host, since hosts are given", async () => {
    const { source } = watch();
    await assert.rejects(
      source.forgetHost("build-01"),
      (error: unknown) => error instanceof FleetSourceError && error.code === "HOSTS_ARE_GIVEN",
    );
  });

  it("counts a broker that falls silent as there for a while, and as not heard from then", async () => {
    const broker = await startBroker();
    const line = await CutLine.to(broker.address);
    const { address } = line;
    const waits: { readonly ms: number; readonly end: () => void }[] = [];
    // Long pauses end when the test says so.
    const pause = (ms: number, signal: AbortSignal): Promise<void> =>
      ms < absentAfterMs
        ? systemPacing.pause(ms, signal)
        : new Promise((resolve) => {
            waits.push({ ms, end: resolve });
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
    const list = new GivenList(givenBrokers([address], noDefaults));
    fleet = new BrokerFleet(list, { ...systemPacing, pause });
    await fleet.untilHeard(address);
    await fleet.caller(broker.address).acquire();
    await fleet.until("its lease", address, ({ leases }) => leases.length === 1);
    line.cut();
    const absence = await eventually(
      "it is missed",
      () => waits.find(({ ms }) => ms === absentAfterMs) ?? null,
    );
    assert.equal(fleet.hosts[0]?.state, "heard-from");
    assert.notEqual(fleet.hosts[0]?.lastHeardWallMs, null);
    absence.end();
    const absent = await fleet.until(
      "it is absent",
      address,
      (each) => each.state !== "heard-from",
    );
    assert.equal(absent.state, "not-heard-from");
    assert.equal(absent.leases.length, 1);
    assert.notEqual(fleet.view.staleAgeMs(absent), null);
  });
});
