// A whole fleet server over a real etcd to which a real broker publishes: what it shows, how it becomes ready, and how it stops.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { FleetConfig } from "#server/config/config.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { TestEtcd } from "../../support/etcd.js";
import { eventually } from "../../support/eventually.js";
import { FleetCaller } from "../../support/fleet-caller.js";
import { HttpCaller } from "../../support/http-caller.js";
import { fromMs, LeaseCaller } from "../../support/lease-caller.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";

const [serving, notServing] = [1, 2];

describeWithEtcd("A fleet server over etcd", () => {
  let etcd: TestEtcd;
  let broker: TestBroker;
  let holder: LeaseCaller;
  let fleet: TestFleet;
  let caller: FleetCaller;

  before(async () => {
    etcd = await TestEtcd.start();
    broker = await startTestBroker({}, { fleet: publishing(etcd) });
    holder = new LeaseCaller(broker.address);
  });

  beforeEach(async () => {
    fleet = await startTestFleet(etcdSource(etcd.endpoint));
    caller = new FleetCaller(fleet.address);
    await eventually("the host is heard", async () => (await caller.fleet()).hostsHeardFrom === 1);
  });

  afterEach(async () => {
    caller.close();
    await fleet.dispose();
  });

  after(async () => {
    holder.close();
    await broker.dispose();
    await etcd.dispose();
  });

  const http = (): HttpCaller => new HttpCaller(fleet.httpAddress ?? "");

  it("shows a host and its leases, and where a service runs, as they come and go", async () => {
    // That a host is there is told before what it is like.
    const host = await eventually("the host has said what it is like", async () => {
      const [found] = await caller.hosts();
      return found !== undefined && found.address !== "" && found;
    });
    assert.deepEqual([host.hostId, host.address], ["build-01", "build-01.example"]);
    const { leaseId, holderKey, port } = await holder.acquire({ holder: { service: "orders" } });
    const [endpoint] = await eventually("the service is found", async () => {
      const endpoints = await caller.find("orders");
      return endpoints.length > 0 && endpoints;
    });
    assert.deepEqual(
      [endpoint?.address, endpoint?.port, endpoint?.lease?.leaseId],
      ["build-01.example", port, leaseId],
    );
    await holder.release({ leaseId, holderKey });
    await eventually("it is gone", async () => (await caller.leases()).length === 0);
  });

  it("says the same as another fleet server beside it", async () => {
    const acquired = await holder.acquire({ holder: { service: "orders" } });
    const other = await startTestFleet(etcdSource(etcd.endpoint));
    try {
      const said = async ({ httpAddress }: TestFleet): Promise<readonly string[]> => {
        const asked = new HttpCaller(httpAddress ?? "");
        const methods = ["ListHosts", "ListFleetLeases", "ListProblems"];
        const answers = methods.map((method) => asked.call(`FleetService/${method}`));
        return (await Promise.all(answers)).map(({ text }) => text);
      };
      await eventually("both say the same", async () => {
        const [one, two] = [await said(fleet), await said(other)];
        return one[1]?.includes(acquired.leaseId) === true && one.join() === two.join();
      });
    } finally {
      await other.dispose();
      await holder.release(acquired);
    }
  });

  it("streams the fleet by HTTP", async () => {
    const reader = await http().stream("FleetService/WatchFleet", {
      leases: true,
      interval: "0.1s",
    });
    const next = async (): Promise<Record<string, unknown>> =>
      (await reader.next())?.data as Record<string, unknown>;
    const first = await next();
    assert.equal(first["complete"], true);
    assert.match(JSON.stringify(first["hosts"]), /"hostId":"build-01"/);
    const { leaseId, holderKey } = await holder.acquire({ holder: { service: "orders" } });
    await eventually("the lease is told", async () =>
      JSON.stringify((await next())["leases"]).includes(leaseId),
    );
    await holder.release({ leaseId, holderKey });
    reader.close();
  });

  it("has pages for Prometheus, and says which there are", async () => {
    const metrics = await http().get("/metrics");
    assert.match(metrics.text, /^portlease_fleet_hosts\{state="heard_from"\} 1$/m);
    const { leaseId, holderKey, port } = await holder.acquire({ holder: { service: "orders" } });
    await eventually("it is a target", async () => {
      const { headers, text } = await http().get("/http_sd");
      assert.equal(headers["content-type"], "application/json");
      return text.includes(`build-01.example:${port}`);
    });
    await holder.release({ leaseId, holderKey });
    const { status, text } = await http().get("/nothing");
    assert.equal(status, 404);
    assert.match(text, /FleetService\/ListHosts, \/metrics, \/http_sd, \/healthz and \/readyz/);
  });

  it("writes down who forgets hosts, and lets nobody do so whom it does not know", async () => {
    await assert.rejects(caller.forget("build-01"), { reason: "ROLE_MISSING" });
    const token = readFileSync(fleet.adminTokenFile, "utf8").trim();
    const admin = new FleetCaller(fleet.address, token);
    try {
      await assert.rejects(admin.forget("build-01"), { reason: "HOST_IS_HEARD_FROM" });
    } finally {
      admin.close();
    }
    await fleet.stop("the test looks at its audit log");
    const lines = readFileSync(`${fleet.dataDirectory}/audit.log`, "utf8").trim().split("\n");
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      told.map(({ event, method, caller: name, outcome }) => event ?? [method, name, outcome]),
      [
        "fleet_server_started",
        ["ForgetHost", "anonymous", "PERMISSION_DENIED"],
        ["ForgetHost", "token:admin-file", "FAILED_PRECONDITION"],
        "fleet_server_stopped",
      ],
    );
    assert.deepEqual(told[2]?.["request"], { hostId: "build-01" });
    assert.ok(told.every((line) => !("revision" in line)));
  });

  it("ends open watches when it stops, in a way that clients try again after", async () => {
    const watch = caller.watch();
    const reader = await http().stream("FleetService/WatchFleet");
    assert.equal((await watch.next()).complete, true);
    await reader.next();
    const stopped = fleet.stop("the test wants it");
    const [failure] = await Promise.all([watch.ended, stopped]);
    assert.deepEqual([failure?.codeName, failure?.reason], ["UNAVAILABLE", "STOPPING"]);
    assert.match(failure?.message ?? "", /the fleet server is stopping/);
    assert.match(await reader.text(), /the fleet server is stopping/);
    await assert.rejects(caller.fleet(), { codeName: "UNAVAILABLE" });
  });

  it("tells no secret of a holder", async () => {
    const { leaseId, holderKey } = await holder.acquire({ ttl: fromMs(60_000) });
    await eventually("the lease is there", async () => (await caller.leases()).length === 1);
    for (const method of ["ListFleetLeases", "ListHosts", "GetFleet", "ListProblems"]) {
      const { text } = await http().call(`FleetService/${method}`);
      assert.ok(!text.includes(holderKey), method);
    }
    await holder.release({ leaseId, holderKey });
  });
});

describeWithEtcd("A fleet server whose etcd is away", () => {
  let etcd: TestEtcd;
  let fleet: TestFleet;
  let caller: FleetCaller;

  before(async () => {
    etcd = await TestEtcd.start();
    await etcd.stop();
    fleet = await startTestFleet(etcdSource(etcd.endpoint));
    caller = new FleetCaller(fleet.address);
  });

  after(async () => {
    caller.close();
    await fleet.dispose();
    await etcd.dispose();
  });

  const ready = async (): Promise<readonly [number, string]> => {
    const { status, text } = await new HttpCaller(fleet.httpAddress ?? "").get("/readyz");
    return [status, text];
  };

  it("starts all the same, is not ready, and says why", async () => {
    await eventually("it has tried", async () =>
      /etcd/.test((await caller.fleet()).source?.detail ?? ""),
    );
    const [status, text] = await ready();
    assert.equal(status, 503);
    assert.match(text, /the fleet server has not seen the fleet yet/);
    assert.equal(await caller.health(), notServing);
    assert.equal(await caller.health("portlease.v1.FleetService"), notServing);
    const [problem] = await caller.problems();
    assert.equal(problem?.problem?.reason, "SOURCE_UNREACHABLE");
  });

  it("is ready once etcd is there", async () => {
    await etcd.startAgain();
    await eventually("it is ready", async () => (await ready())[0] === 200);
    assert.equal(await caller.health("portlease.v1.FleetService"), serving);
    assert.equal((await caller.fleet()).source?.connected, true);
    assert.deepEqual(await caller.problems(), []);
  });

  it("stays ready when etcd goes again, and says that it does not hear it", async () => {
    await etcd.kill();
    await eventually("it is told", async () => (await caller.fleet()).source?.connected === false);
    assert.deepEqual(await ready(), [200, "ready\n"]);
    assert.equal(await caller.health(), serving);
  });
});

function publishing(etcd: TestEtcd): FleetConfig {
  return {
    etcd: etcd.url(),
    hostId: "build-01",
    address: "build-01.example",
    labels: { rack: "a7" },
    presenceTtlMs: 5_000,
    user: null,
    passwordFile: null,
    caFile: null,
    certFile: null,
    keyFile: null,
  };
}
