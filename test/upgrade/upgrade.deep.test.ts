// Rolling over a version: the broker of the previous version with services of that version, stopped, and this version started on
// the same data and address. No lease is lost, on the way there; and the way back is refused in words.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { runInProcess } from "../support/cli-in-process.js";
import { type Acquired, fromMs, type LeaseCaller } from "../support/lease-caller.js";
import { buildPreviousVersion } from "./support/previous-version.js";
import { RunningService } from "./support/running-service.js";

/** A request that is asked before the upgrade and repeated after it. */
const repeated = {
  ttl: fromMs(600_000),
  requestId: "upgrade-1",
  holder: { service: "reports", instance: "1" },
};

describe("an upgrade from the previous version", function () {
  if (process.platform !== "linux") {
    it("is tried on Linux: its ports are held");
    return;
  }
  this.timeout(120_000);
  let lab: BrokerLab;
  let previous = "";
  let old: BrokerProcess;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  const services: RunningService[] = [];
  const connections: Socket[] = [];
  /** Of what a caller of the old version got; the second was given back before the upgrade. */
  let kept: Acquired;
  let ended: Acquired;

  before(async () => {
    previous = buildPreviousVersion();
    lab = await BrokerLab.open();
    const first = await lab.takePorts(8);
    const config = `pools: [{ name: default, start: ${first}, size: 8, quarantine: 0s }]\n`;
    const cli = join(previous, "dist", "clients", "cli", "main.js");
    old = await lab.start({ poolSize: 0, config, cliPath: cli });
    for (const instance of ["1", "2", "3"]) {
      services.push(await RunningService.start(previous, old.address, instance));
    }
    for (const service of services) connections.push(await service.connect());
    const before = lab.caller(old);
    kept = await before.acquire(repeated);
    ended = await before.acquire({ holder: { service: "gone" } });
    await before.release(ended);
    await old.kill("SIGTERM");

    broker = await lab.restart(old, thisVersion());
    caller = lab.caller(broker);
  });

  after(async () => {
    for (const socket of connections) socket.destroy();
    await Promise.all(services.map((service) => service.kill()));
    await lab.close();
  });

  /** On the same data and address; HTTP is new. */
  function thisVersion() {
    const listen = ["--listen", old.address, "--http-listen", "127.0.0.1:0"];
    const { cliPath: _, flags = [], ...options } = old.options;
    return { ...options, cliPath: undefined, flags: [...flags, ...listen] };
  }

  async function run(...words: readonly string[]): Promise<string> {
    const args = ["--address", broker.address, "--token-file", broker.adminTokenFile];
    const { stdout, stderr, exitCode } = await runInProcess([...words, ...args]);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }

  it("begins with services that have the library of the previous version", () => {
    const theirs = pathToFileURL(join(previous, "clients", "ts")).href;
    for (const { lease } of services) assert.ok(lease.library.startsWith(theirs), lease.library);
  });

  it("keeps every lease, with its port and its generation", async () => {
    assert.equal(broker.ready.liveLeases, services.length + 1);
    for (const { lease } of services) {
      const now = await caller.get(lease.leaseId);
      assert.deepEqual([now.port, String(now.generation)], [lease.port, lease.generation]);
    }
  });

  it("lets services of the previous version renew under their keys, and no connection of theirs breaks", async () => {
    await Promise.all(services.map((service) => service.untilRenewed()));
    for (const [index, service] of services.entries()) {
      assert.ok(service.reports.every(({ event }) => event !== "lost"));
      const socket = connections[index];
      assert.ok(socket !== undefined);
      socket.write("still there");
      const [answer] = (await once(socket, "data")) as [Buffer];
      assert.equal(answer.toString(), "still there");
    }
  });

  it("answers a repeated request with the same lease and key", async () => {
    const { leaseId, holderKey } = kept;
    assert.equal((await caller.renew({ leaseId, holderKey })).port, kept.port);
    const again = await caller.acquire(repeated);
    assert.deepEqual([again.leaseId, again.holderKey], [leaseId, holderKey]);
  });

  it("goes on above the generations of the previous version", async () => {
    const next = await caller.acquire({
      holder: { service: "next" },
      preferredPort: ended.port,
    });
    assert.equal(next.port, ended.port);
    assert.ok(next.generation > ended.generation, `${next.generation} > ${ended.generation}`);
    await caller.release(next);
  });

  it("has the history that the previous version wrote", async () => {
    assert.match(await run("history", "--lease", ended.leaseId), /granted[^]*ended/);
  });

  it("takes what operators could not change before", async () => {
    await run("pools", "set", "default", "--ttl-default", "77s");
    await run("pin", String(ended.port), "--service", "gone");
    assert.match(await run("pools"), / 1m17s /);
  });

  it("cannot be taken back on the same data: the previous version refuses it, and leaves it as it is", async () => {
    await broker.kill("SIGTERM");
    const refused = await lab.failToStart({ ...old.options, poolSize: 0 });
    assert.match(
      refused.stderr,
      /has records of version \d+, this portlease knows versions up to 3; .* start that version/,
    );
    broker = await lab.restart(old, thisVersion());
    caller = lab.caller(broker);
    assert.equal(broker.ready.liveLeases, services.length + 1);
    assert.match(await run("pins"), new RegExp(`^${ended.port} +gone`, "m"));
    await Promise.all(services.map((service) => service.untilRenewed()));
  });

  it("ends the leases of the previous version's services when they give them back", async () => {
    for (const service of services) assert.equal(await service.stop(), 0);
    for (const { lease, reports } of services) {
      assert.ok(reports.every(({ event }) => event !== "lost"));
      await assert.rejects(caller.get(lease.leaseId), { reason: /LEASE_(?:ENDED|NOT_FOUND)/ });
    }
  });
});
