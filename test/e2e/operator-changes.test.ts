// What operators change from the terminal, against a real broker: the policy of a pool, pins, quotas, and leases that they take back.

import assert from "node:assert/strict";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { assertFails } from "../support/cli-failures.js";
import { runInProcess } from "../support/cli-in-process.js";
import type { CliResult } from "../support/cli.js";
import type { LeaseCaller } from "../support/lease-caller.js";

describe("an operator's changes from the terminal", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let firstPort = 0;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
    caller = lab.caller(broker);
    firstPort = broker.ready.blocks[0]?.firstPort ?? 0;
  });
  after(() => lab.close());

  const run = (...args: readonly string[]): Promise<CliResult> =>
    runInProcess([...args, "--address", broker.address, "--token-file", broker.adminTokenFile]);

  async function done(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await run(...args);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }

  it("a pool's policy, tried first, then set, then as configured again", async () => {
    const dry = await run("pools", "set", "default", "--ttl-default", "77s", "--dry-run");
    assert.match(dry.stdout, / 1m17s /);
    assert.doesNotMatch(await done("pools"), /1m17s/);
    await done("pools", "set", "default", "--ttl-default", "77s", "--pick", "random");
    assert.match(await done("pools", "-o", "wide"), / 1m17s .* random +changed by an operator/);
    await done("pools", "set", "default", "--reset");
    assert.doesNotMatch(await done("pools"), /1m17s|operator/);
    const wrong = await run("pools", "set", "default", "--ttl-min", "2h", "--ttl-max", "1h");
    assert.equal(wrong.exitCode, 2, wrong.stderr);
    assertFails(await run("pools", "set", "nowhere", "--reset"), 4, /nowhere/);
  });

  it("pins, which keep a port for a service", async () => {
    const port = String(firstPort + 3);
    assert.match(await done("pin", port, "--service", "orders"), /is kept for orders/);
    assert.match(await done("pins"), new RegExp(`^${port} +orders +any +default +operator$`, "m"));
    assert.equal((await run("pins", "-o", "name")).stdout, `${port}\n`);
    const other = await run("acquire", "--port", port, "--must", "--service", "reports");
    assert.equal(other.exitCode, 5, other.stderr);
    await done("unpin", port);
    assert.equal(await done("pins"), "no pins\n");
  });

  it("quotas, with what services have of them", async () => {
    const lease = await caller.acquire({ holder: { service: "greedy" } });
    assert.match(await done("quota", "set", "greedy", "1"), /greedy may have 1 ports/);
    assert.match(await done("quota"), /^greedy +default +1 +1 +operator$/m);
    assertFails(await run("acquire", "--service", "greedy"), 5, /QUOTA/);
    await done("quota", "reset", "greedy");
    assert.match(await done("quota"), /^no quotas/);
    await done("revoke", lease.leaseId);
  });

  it("takes leases back, one by its id and many by a filter", async () => {
    const [one, two, three] = [
      await caller.acquire({ holder: { service: "orders" } }),
      await caller.acquire({ holder: { service: "reports" } }),
      await caller.acquire({ holder: { service: "reports" } }),
    ];
    const reason = "the host is drained";
    assert.match(await done("revoke", one.leaseId, "--reason", reason), /^revoked .*orders\)$/m);
    assert.match(await done("history", "--lease", one.leaseId), /ended .*the host is drained/);
    const asked = await run("revoke", "--filter", 'service = "reports"');
    assert.equal(asked.exitCode, 5);
    assert.match(asked.stderr, /this takes back 2 leases:[\s\S]*NOT_CONFIRMED/);
    const revoked = await done("revoke", "--filter", 'service = "reports"', "--yes");
    for (const { leaseId } of [two, three]) assert.ok(revoked.includes(leaseId));
    assert.equal(await done("ls"), "no leases\n");
    assert.equal((await run("revoke", "unknown")).exitCode, 4);
    assert.equal((await run("revoke", "unknown", "--allow-missing")).exitCode, 0);
  });
});
