// A Go program that leases its port from real brokers: kept, given back, and what becomes of it when the broker dies or the program
// is stopped. Built with the race detector, which fails the program for what it finds.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { AccessFiles } from "../support/access-lab.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { eventually } from "../support/eventually.js";
import { startTestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { CutLine } from "../e2e/support/cut-line.js";
import { GoHolder, type HolderEvent } from "./support/go-holder.js";
import { describeWithGo, runGo } from "./support/go-tools.js";

/** Long enough for a busy machine, short enough for several in a test. */
const ttlMs = 3_000;

describeWithGo("a Go program with a leased port", function () {
  this.timeout(120_000);

  const newDirectory = temporaryDirectories();
  let program: string;
  let lab: BrokerLab;
  let line: CutLine | undefined;
  const holders: GoHolder[] = [];

  before(async function () {
    // Compiling for the race detector takes minutes where nothing is cached.
    this.timeout(900_000);
    lab = await BrokerLab.open();
    program = join(newDirectory(), "testholder");
    const args = ["build", "-race", "-o", program, "./internal/testholder"];
    const { exitCode, stderr } = await runGo("go", args);
    assert.equal(exitCode, 0, stderr);
  });
  afterEach(async () => {
    await Promise.all(holders.splice(0).map((holder) => holder.end()));
    line?.cut();
  });
  after(() => lab.close());

  function hold(
    address: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): GoHolder {
    const given = ["-address", address, "-ttl", `${ttlMs}ms`, ...args];
    const holder = new GoHolder(program, given, environment);
    holders.push(holder);
    return holder;
  }

  async function releasesCleanly(holder: GoHolder): Promise<void> {
    const { exitCode, stderr } = await holder.release();
    assert.equal(exitCode, 0, stderr);
    assert.equal(stderr, "");
  }

  const served = async ({ port }: HolderEvent): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/`)).text();

  /** Resolves when the broker has renewed the lease at this time or later, by the wall clock. */
  function renewedSince(broker: BrokerProcess, leaseId: string, timeMs: number): Promise<unknown> {
    const caller = lab.caller(broker);
    const attempt = async () => {
      const lease = await caller.get(leaseId);
      return (lease.renewTime?.getTime() ?? 0) >= timeMs;
    };
    return eventually("a renewal", attempt, { withinMs: 10 * ttlMs });
  }

  it("keeps its lease by another connection when the one it has goes silent", async () => {
    const broker = await lab.start();
    line = await CutLine.to(broker.address);
    const holder = hold(line.address, ["-ttl", "60s"]);
    const serving = await holder.said("serving");
    const silent = line;
    silent.freeze();
    // What was renewed before is no proof, even if it is told later.
    await eventually("another connection", () => silent.accepted === 2, { withinMs: 40_000 });
    await renewedSince(broker, serving.lease ?? "", Date.now());
    await releasesCleanly(holder);
  });

  it("serves on it for many TTLs, and gives it back", async () => {
    const broker = await lab.start();
    const holder = hold(broker.address);
    const serving = await holder.said("serving");
    await renewedSince(broker, serving.lease ?? "", serving.at + 3 * ttlMs);
    assert.equal(await served(serving), `port ${serving.port}`);
    const caller = lab.caller(broker);
    const lease = await caller.get(serving.lease ?? "");
    assert.equal(lease.holder?.service, "go");
    assert.equal(lease.holder?.process?.proven, true);
    const seen = async () => (await caller.get(lease.leaseId)).binding === Binding.BINDING_BOUND;
    await eventually("the broker sees the holder", seen, { withinMs: 20_000 });
    await releasesCleanly(holder);
    assert.deepEqual(
      holder.events.filter(({ event }) => event !== "closed").map(({ event }) => event),
      ["serving"],
    );
    const taken = await caller.acquire({ preferredPort: serving.port ?? 0 });
    assert.ok(taken.port > 0);
  });

  it("waits for a broker that is still starting", async () => {
    const port = await lab.takePorts(1);
    const holder = hold(`127.0.0.1:${port}`, ["-wait", "60s"]);
    const broker = await lab.start({ flags: ["--listen", `127.0.0.1:${port}`] });
    assert.equal(
      await served(await holder.said("serving")),
      `port ${broker.ready.blocks[0]?.firstPort}`,
    );
    await releasesCleanly(holder);
  });

  it("goes on when the broker is killed and comes back", async () => {
    const port = await lab.takePorts(1);
    const broker = await lab.start({ flags: ["--listen", `127.0.0.1:${port}`] });
    const holder = hold(broker.address, ["-ttl", "20s"]);
    const serving = await holder.said("serving");
    await broker.kill("SIGKILL");
    const again = await lab.restart(broker);
    await renewedSince(again, serving.lease ?? "", Date.now());
    assert.equal(await served(serving), `port ${serving.port}`);
    assert.ok(holder.events.every(({ event }) => event === "serving"));
    await releasesCleanly(holder);
  });

  it("is told jeopardy, then lost, before a broker that died could lease the port again", async () => {
    const broker = await lab.start();
    const holder = hold(broker.address, ["-close-on-lost"]);
    await holder.said("serving");
    await broker.kill("SIGKILL");
    // No renewal was granted later, so that the port is nobody's at this moment at the earliest.
    const freeAtMs = Date.now() + ttlMs;
    const jeopardy = await holder.said("state", ({ state }) => state === "jeopardy");
    const done = await holder.said("done");
    assert.deepEqual(
      [done.state, done.reason, done.lost],
      ["lost", "LEASE_LOST", "DEADLINE_PASSED"],
    );
    assert.ok(jeopardy.at < done.at);
    assert.ok(done.at < freeAtMs, `lost ${done.at - freeAtMs} ms too late`);
    // And it stopped to listen.
    await holder.said("closed");
  });

  it("lets the broker decide after it was stopped past its deadline", async () => {
    const broker = await lab.start();
    const holder = hold(broker.address);
    const serving = await holder.said("serving");
    const caller = lab.caller(broker);
    holder.signal("SIGSTOP");
    const ended = async () =>
      (await caller.list()).every(({ leaseId }) => leaseId !== serving.lease);
    await eventually("the lease runs out", ended, { withinMs: 10 * ttlMs });
    holder.signal("SIGCONT");
    const done = await holder.said("done");
    assert.equal(done.state, "lost");
    assert.notEqual(done.lost, "DEADLINE_PASSED");
  });

  it("has its datagrams to itself with a UDP lease", async () => {
    const broker = await lab.start({ flags: ["--pool-protocol", "udp"] });
    const holder = hold(broker.address, ["-udp"]);
    const { port = 0 } = await holder.said("serving");
    const socket = createSocket("udp4");
    for (let sent = 0; sent < 50; sent += 1) {
      const answer = once(socket, "message");
      socket.send(`${sent}`, port, "127.0.0.1");
      assert.equal(String((await answer)[0]), `${sent}`);
    }
    socket.close();
    await releasesCleanly(holder);
  });

  it("learns why it gets no port", async () => {
    const broker = await lab.start({ poolSize: 1 });
    const { port } = await lab.caller(broker).acquire();
    const full = await hold(broker.address).said("failed");
    assert.deepEqual([full.code, full.reason], ["ResourceExhausted", "POOL_FULL"]);
    const leased = await hold(broker.address, ["-port", String(port)]).said("failed");
    assert.deepEqual([leased.code, leased.reason], ["FailedPrecondition", "PORT_LEASED"]);
    await broker.kill("SIGTERM");
    const nobody = await hold(broker.address, ["-wait", "1s"]).said("failed");
    assert.deepEqual([nobody.code, nobody.reason], ["Unavailable", "BROKER_UNREACHABLE"]);
  });

  it("shows its token to a broker that asks for one, over TLS too", async () => {
    const files = new AccessFiles(newDirectory());
    const token = files.token("work", "holder", "g".repeat(40));
    const broker = await startTestBroker(
      {},
      { requireToken: true, tokens: [token], tls: files.tls() },
    );
    try {
      const trust = { PORTLEASE_CA_FILE: files.caFile() };
      const refused = await hold(broker.address, [], trust).said("failed");
      assert.deepEqual([refused.code, refused.reason], ["Unauthenticated", "TOKEN_MISSING"]);
      const plain = await hold(broker.address, ["-wait", "1s"]).said("failed");
      assert.equal(plain.reason, "BROKER_UNREACHABLE");
      const holder = hold(broker.address, [], { ...trust, PORTLEASE_TOKEN_FILE: token.file });
      assert.match(await served(await holder.said("serving")), /^port \d+$/);
      await releasesCleanly(holder);
    } finally {
      await broker.dispose();
    }
  });
});
