// The commands of the fleet against a fleet server that listens to a broker, both real. What their tables look like, test/docs/cli.test.ts
// compares with docs/cli.md.

import assert from "node:assert/strict";
import { runInProcess } from "../../support/cli-in-process.js";
import { eventually } from "../../support/eventually.js";
import { finished, outputMatching, startCli, type CliResult } from "../../support/cli.js";
import { LeaseCaller } from "../../support/lease-caller.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";
import { brokersSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";

describe("portlease fleet", function () {
  this.timeout(60_000);
  let broker: TestBroker;
  let fleet: TestFleet;
  let caller: LeaseCaller;
  let hostId = "";
  let port = 0;

  const run = (...words: readonly string[]): Promise<CliResult> =>
    runInProcess(["fleet", ...words, "--address", fleet.address]);
  const done = async (...words: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...words);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };
  const json = async (...words: readonly string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await done(...words, "--json")) as Record<string, unknown>;

  before(async () => {
    broker = await startTestBroker();
    fleet = await startTestFleet(brokersSource(broker.address));
    caller = new LeaseCaller(broker.address);
    const labels = { zone: "a", "odd key": 'a "b" *' };
    ({ port } = await caller.acquire({ holder: { service: "orders", instance: "blue", labels } }));
    await caller.acquire({ holder: { service: "billing" } });
    await eventually("both leases are in the fleet", async () => {
      const { totalSize } = await json("leases");
      return totalSize === 2;
    });
    hostId = (await done("hosts", "-o", "name")).trim();
  });

  after(async () => {
    caller.close();
    await fleet.dispose();
    await broker.dispose();
  });

  it("status sums the fleet up", async () => {
    const text = await done("status");
    assert.match(text, /^hosts +1: 1 heard from, 0 not heard from, 0 stopped$/m);
    assert.match(text, /^source +brokers at 127\.0\.0\.1:\d+$/m);
    const { fleet: document } = await json("status");
    assert.equal((document as { leases: number }).leases, 2);
  });

  it("hosts lists them by a filter, and refuses one that it does not know", async () => {
    assert.equal(await done("hosts", "--filter", "leases > 5", "-o", "name"), "");
    const { hosts, totalSize } = await json("hosts", "--order-by", "utilisation desc");
    assert.deepEqual([(hosts as readonly { leases: number }[])[0]?.leases, totalSize], [2, 1]);
    const refused = await run("hosts", "--filter", "colour = red");
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /"colour" is no field; the fields are host_id, .*FIELD_INVALID/);
  });

  it("host shows one, and exits with 4 for another", async () => {
    assert.match(await done("host", hostId), /^state +heard-from$/m);
    const missing = await run("host", "nobody");
    assert.equal(missing.exitCode, 4);
    assert.match(missing.stderr, /HOST_NOT_FOUND/);
  });

  it("leases lists those of a service, of a host, and of a filter", async () => {
    for (const words of [
      ["--service", "orders"],
      ["--host", hostId, "--filter", "instance = blue OR instance = green"],
      ["--filter", String.raw`labels."odd key" = "a \"b\" \*"`],
    ]) {
      const { leases } = await json("leases", ...words);
      assert.deepEqual(
        (leases as readonly { port: number }[]).map((lease) => lease.port),
        [port],
        words.join(" "),
      );
    }
    assert.equal(await done("leases", "--service", "order*"), "no leases\n");
    assert.match(await done("leases"), /^HOST +PORT +PROTOCOL +SERVICE/);
    const one = await run("leases", "--limit", "1");
    assert.match(one.stderr, /1 of 2 leases shown/);
  });

  it("says that a host is unknown instead of listing nothing of it", async () => {
    for (const words of [["problems"], ["leases"]]) {
      const { exitCode, stdout, stderr } = await run(...words, "--host", "nobody");
      assert.equal(exitCode, 4, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /HOST_NOT_FOUND/);
      assert.equal((await run(...words, "--host", hostId)).exitCode, 0);
    }
  });

  it("says that a broker is no fleet server, and the other way round", async () => {
    const asked = await runInProcess(["fleet", "status", "--address", broker.address]);
    assert.equal(asked.exitCode, 1);
    assert.match(asked.stderr, /it is no fleet server of portlease; a broker is asked by/);
    const asBroker = await runInProcess(["status", "--address", fleet.address]);
    assert.equal(asBroker.exitCode, 1);
    assert.match(asBroker.stderr, /it is no broker of portlease; a fleet server is asked by/);
  });

  it("find prints address:port lines, and exits with 4 where there is none", async () => {
    const [line = "", ...rest] = (await done("find", "orders", "--label", "zone=a")).split("\n");
    assert.match(line, new RegExp(`^\\S+:${port}$`));
    assert.deepEqual(rest, [""]);
    assert.equal(await done("find", "orders", "--first"), `${line}\n`);
    assert.equal(await done("find", "orders", "--protocol", "tcp", "--stale"), `${line}\n`);
    for (const words of [
      ["nobody"],
      ["orders", "--label", "zone=b"],
      ["orders", "--protocol", "udp"],
    ]) {
      const nowhere = await run("find", ...words);
      assert.deepEqual([nowhere.exitCode, nowhere.stdout], [4, ""], words.join(" "));
      assert.match(nowhere.stderr, /SERVICE_NOT_FOUND/);
    }
  });

  it("problems are none while all is well", async () => {
    const { exitCode, stdout } = await run(
      "problems",
      "--min-severity",
      "warning",
      "--host",
      hostId,
    );
    assert.deepEqual([exitCode, stdout], [0, "nothing is wrong\n"]);
  });

  it("watch prints hosts and leases as they are and as they change", async () => {
    const watch = startCli([
      "fleet",
      "watch",
      "--leases",
      "--lease-filter",
      'service = "reports"',
      "--interval",
      "100ms",
      "--address",
      fleet.address,
    ]);
    const end = finished(watch);
    await outputMatching(watch.stdout, new RegExp(`host +${hostId} +heard-from`));
    const lease = await caller.acquire({ holder: { service: "reports" } });
    await outputMatching(watch.stdout, new RegExp(`lease +${hostId} +${lease.port} reports`));
    await caller.release(lease);
    await outputMatching(watch.stdout, new RegExp(`lease gone +${hostId} +${lease.leaseId}`));
    watch.kill();
    const { stdout } = await end;
    assert.doesNotMatch(stdout, /orders/);
  });

  it("forget asks first, needs the admin token, and says why a host of a list stays", async () => {
    const asked = await run("forget", hostId);
    assert.equal(asked.exitCode, 5);
    assert.match(asked.stderr, /NOT_CONFIRMED/);
    const denied = await run("forget", hostId, "--yes");
    assert.equal(denied.exitCode, 6, denied.stderr);
    assert.match(denied.stderr, /ROLE_MISSING/);
    const refused = await run("forget", hostId, "--yes", "--token-file", fleet.adminTokenFile);
    assert.equal(refused.exitCode, 5);
    assert.match(refused.stderr, /HOSTS_ARE_GIVEN/);
  });

  it("says where it looked when no fleet server answers", async () => {
    const { exitCode, stderr } = await runInProcess([
      "fleet",
      "status",
      "--address",
      "127.0.0.1:1",
    ]);
    assert.equal(exitCode, 3);
    assert.match(
      stderr,
      /no fleet server answers at 127\.0\.0\.1:1 .*\n {2}the address is that of --address/,
    );
  });
});
