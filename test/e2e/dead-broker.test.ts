// A holder that cannot reach its broker for longer than the TTL, on real clocks: it hears jeopardy, then lost, before anybody else
// has its port; and it goes on without a restart when the broker is back. Both promises over many worlds: test/simulation.
// Runs alone: its leases last two seconds on real clocks, and each must be renewed in time until its line is cut.

import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { type Lease, LeaseClient, type LeaseClientOptions } from "@portlease/client";
import { finished, outputMatching, startCli } from "../support/cli.js";
import { BrokerLab, type LabBrokerOptions } from "../support/broker-lab.js";
import { CutLine } from "./support/cut-line.js";

/** Long enough for a busy machine to renew in time, and for its safety margin to be seen. */
const ttlMs = 2_000;
/** Promise 4 must hold by the deadlines alone (semantics 8). */
const flags = ["--pool-quarantine", "0", "--pool-ttl-min", "100ms"];

describe("A holder whose broker is away for longer than the TTL", function () {
  // Two brokers start in a test, which takes each of them many seconds under Wine.
  this.timeout(120_000);
  let lab: BrokerLab;
  const clients: LeaseClient[] = [];

  before(async () => {
    lab = await BrokerLab.open();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  after(() => lab.close());

  function open(options: LeaseClientOptions): LeaseClient {
    const client = new LeaseClient({ ...options, releaseOnSignals: false, releaseTimeoutMs: 100 });
    clients.push(client);
    return client;
  }

  /** What the lease tells, each with the moment on this process's monotonic clock. */
  function heardFrom(lease: Lease): { readonly what: string; readonly atMs: number }[] {
    const heard: { what: string; atMs: number }[] = [];
    const note = (what: string): void => void heard.push({ what, atMs: performance.now() });
    lease.on("jeopardy", ({ cause }) => note(`jeopardy ${cause}`));
    lease.on("lost", ({ reason }) => note(`lost ${reason}`));
    return heard;
  }

  it("has lost its port before a broker that lives grants it to the next in line", async () => {
    const broker = await lab.start({ poolSize: 1, flags });
    const line = await CutLine.to(broker.address);
    try {
      const lease = await open({ address: line.address }).acquire({ ttlMs, claimProcess: false });
      const heard = heardFrom(lease);
      await once(lease, "renewed");
      const waiting = open({ address: broker.address }).acquire({ maxWaitMs: 60_000 });
      line.cut();
      const next = await waiting;
      const grantedAtMs = performance.now();
      assert.equal(next.port, lease.port);
      assert.ok(next.generation > lease.generation);
      assert.equal(lease.state, "lost");
      const told = heard.map(({ what }) => what);
      assert.deepEqual(told, ["jeopardy unrenewed", "lost DEADLINE_PASSED"]);
      const [jeopardyAtMs = Infinity, lostAtMs = Infinity] = heard.map(({ atMs }) => atMs);
      assert.ok(jeopardyAtMs < lostAtMs && lostAtMs < grantedAtMs, `${lostAtMs}, ${grantedAtMs}`);
    } finally {
      line.cut();
    }
  });

  it("has lost its port while the broker was dead, and leases again by the same client when it is back", async () => {
    const port = await lab.takePorts(1);
    const options: LabBrokerOptions = {
      poolSize: 2,
      flags: [...flags, "--listen", `127.0.0.1:${port}`],
    };
    const broker = await lab.start(options);
    const client = open({ address: broker.address });
    const short = await client.acquire({ ttlMs, claimProcess: false });
    const long = await client.acquire({ ttlMs: 600_000, claimProcess: false });
    const heard = heardFrom(short);
    await once(short, "renewed");
    const lost = once(short, "lost");
    await broker.kill("SIGKILL");
    await lost;
    assert.equal(long.state, "safe");
    // Asked for while nobody is there. A restarted broker gives the lost lease its whole TTL again, so this waits in line for its port.
    const again = client.acquire({ ttlMs, claimProcess: false, maxWaitMs: 60_000 });
    const renewed = once(long, "renewed");
    await lab.restart(broker);
    const lease = await again;
    await renewed;
    await once(lease, "renewed");
    assert.deepEqual([lease.state, long.state, short.state], ["safe", "safe", "lost"]);
    assert.ok(lease.port === short.port && lease.generation > short.generation);
    assert.deepEqual(
      heard.map(({ what }) => what),
      ["jeopardy unrenewed", "lost DEADLINE_PASSED"],
    );
  });

  it("finds the broker at another address by its discovery file, as does a watch (semantics 30)", async () => {
    const file = join(lab.newDirectory(), "broker.json");
    const environment = { PORTLEASE_DISCOVERY_FILE: file };
    const before = process.env["PORTLEASE_DISCOVERY_FILE"];
    process.env["PORTLEASE_DISCOVERY_FILE"] = file;
    try {
      const client = open({});
      assert.equal(client.address, "127.0.0.1:7600");
      // Nobody is there yet (semantics 30).
      const acquiring = client.acquire({ ttlMs: 600_000, service: "follower" });
      const broker = await lab.start({ flags: [...flags, "--discovery-file", file] });
      const lease = await acquiring;
      assert.equal(client.address, broker.address);
      const watch = startCli(["watch", "--json"], { environment });
      const watched = finished(watch);
      await outputMatching(watch.stdout, /follower/);
      await broker.kill("SIGKILL");
      const renewed = once(lease, "renewed");
      const back = await lab.restart(broker);
      assert.notEqual(back.address, broker.address);
      await renewed;
      assert.equal(client.address, back.address);
      const changed = outputMatching(watch.stdout, /newcomer/);
      await client.acquire({ service: "newcomer" });
      await changed;
      watch.kill();
      await watched;
    } finally {
      if (before === undefined) delete process.env["PORTLEASE_DISCOVERY_FILE"];
      else process.env["PORTLEASE_DISCOVERY_FILE"] = before;
    }
  });
});
