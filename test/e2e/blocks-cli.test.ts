// portlease blocks and portlease uninstall against real brokers on this host.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertFails } from "../support/cli-failures.js";
import { runCli, type CliResult } from "../support/cli.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";

/** What "auto" stands for where these tests run. */
const kind = process.platform === "win32" ? "persistent" : "held";
/** Each test starts several processes, under Wine on a busy machine too. */
const testMsMax = 90_000;

describe("portlease blocks", function () {
  this.timeout(testMsMax);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let firstId: string;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
    firstId = `default-tcp-${broker.ready.blocks[0]?.firstPort}`;
  });

  after(() => lab.close());

  const blocks = (...args: readonly string[]): Promise<CliResult> =>
    runCli(["blocks", ...args, "--address", broker.address], {
      environment: { PORTLEASE_TOKEN_FILE: broker.adminTokenFile },
    });

  interface ShownBlock {
    readonly blockId: string;
    readonly state: string;
    readonly kind: string;
  }

  async function shown(): Promise<readonly ShownBlock[]> {
    const { stdout } = await blocks("ls", "--json");
    return (JSON.parse(stdout) as { blocks: ShownBlock[] }).blocks;
  }

  it("lists them as a table, also without a subcommand, and as JSON", async () => {
    const { stdout, exitCode } = await blocks();
    assert.equal(exitCode, 0);
    assert.match(stdout, /^BLOCK +PORTS +PROTOCOL +KIND +STATE +LEASED +FREE +POOL\n/);
    assert.match(stdout, new RegExp(`${firstId} +\\d+-\\d+ +tcp +${kind} +active +0 +8 +default`));
    const [block] = await shown();
    assert.deepEqual(
      [block?.blockId, block?.kind, block?.state],
      [firstId, `RESERVATION_KIND_${kind.toUpperCase()}`, "STATE_ACTIVE"],
    );
  });

  it("adds, drains, undoes and removes one", async () => {
    const port = await lab.takePorts(4);
    const blockId = `default-tcp-${port}`;
    const given = ["--first-port", String(port), "--size", "4"];
    const planned = await blocks("add", ...given, "--dry-run");
    assert.match(planned.stdout, /\(planned\)/);
    assert.equal((await shown()).length, 1);
    assert.match((await blocks("add", ...given)).stdout, new RegExp(`${blockId} .* active`));
    const caller = lab.caller(broker);
    const lease = await caller.acquire({ preferredPort: port });
    assert.match((await blocks("drain", blockId)).stdout, /draining/);
    assert.match((await blocks("drain", blockId, "--undo")).stdout, /active/);
    assertFails(await blocks("remove", blockId), 5, /1 leased ports.*force.*BLOCK_HAS_LEASES/);
    const removed = await blocks("remove", blockId, "--force");
    assert.match(removed.stdout, /1 leases were revoked/);
    await assert.rejects(caller.get(lease.leaseId), /LEASE_NOT_FOUND/);
    assert.equal((await shown()).length, 1);
  });

  it("says why a block cannot be reserved, with the way out", async () => {
    const other = await lab.start();
    const taken = other.ready.blocks[0]?.firstPort ?? 0;
    const result = await blocks("add", "--first-port", String(taken), "--size", "2");
    assertFails(result, 5, /is taken.*choose another range.*PORT_IN_USE/i);
  });

  it("refuses to delete, adopt or forget what is not ambiguous, and knows a missing block", async () => {
    for (const command of ["delete", "adopt", "forget"]) {
      assertFails(await blocks(command, firstId), 5, /is not ambiguous.*BLOCK_NOT_AMBIGUOUS/);
      assertFails(await blocks(command, "nothing"), 4, /there is no block "nothing"/);
    }
    assert.equal((await blocks("remove", "nothing", "--allow-missing")).exitCode, 0);
  });
});

describe("portlease uninstall", function () {
  this.timeout(testMsMax);
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  async function stoppedBroker(): Promise<string> {
    const broker = await lab.start();
    await broker.kill("SIGTERM");
    return broker.options.dataDirectory;
  }

  const uninstall = (directory: string, ...args: readonly string[]): Promise<CliResult> =>
    runCli(["uninstall", "--data-dir", directory, ...args]);

  it("refuses while the broker runs", async () => {
    const broker = await lab.start();
    const result = await uninstall(broker.options.dataDirectory, "--yes");
    assertFails(result, 5, /the broker still runs: stop it first .*DATA_DIRECTORY_IN_USE/);
    assert.ok(broker.running);
  });

  it("only says what it would do without --yes", async () => {
    const directory = await stoppedBroker();
    const result = await uninstall(directory);
    assert.equal(result.exitCode, 5);
    assert.match(result.stderr, /would give back 1 blocks/);
    assert.match(result.stderr, new RegExp(`default-tcp-\\d+ \\(${kind}, ports`));
    assert.match(result.stderr, /run it again with --yes/);
    assert.ok(existsSync(join(directory, "portlease.db")));
  });

  it("deletes the data and says how the service is removed", async () => {
    const directory = await stoppedBroker();
    const result = await uninstall(directory, "--yes");
    assert.equal(result.exitCode, 0, result.stderr);
    // What is held ends with the broker by itself.
    assert.match(result.stdout, /(?:nothing left of|removed) default-tcp-\d+/);
    assert.ok(result.stdout.includes(`deleted ${directory}`), result.stdout);
    assert.match(result.stdout, /service|systemd unit/);
    assert.ok(!existsSync(directory));
    const again = await uninstall(directory, "--yes");
    assert.equal(again.exitCode, 0);
    assert.match(again.stdout, /nothing to remove/);
    assert.ok(!existsSync(directory), "looking makes nothing");
  });

  it("keeps what is not the broker's, and the data where asked", async () => {
    const directory = await stoppedBroker();
    writeFileSync(join(directory, "notes.txt"), "mine");
    const kept = await uninstall(directory, "--yes", "--keep-data", "--json");
    assert.equal((JSON.parse(kept.stdout) as { dataDeleted: boolean }).dataDeleted, false);
    assert.ok(existsSync(join(directory, "portlease.db")));
    const result = await uninstall(directory, "--yes");
    assert.match(result.stdout, /left there, as not the broker's: notes\.txt/);
    assert.deepEqual(readdirSync(directory), ["notes.txt"]);
  });

  it("does not pretend to remove a Windows service elsewhere", async () => {
    if (process.platform === "win32") return;
    const result = await uninstall(lab.newDirectory(), "--yes", "--service", "portlease");
    assertFails(result, 2, /systemctl disable/);
  });
});

describe("a broker with a local socket and a discovery file", function () {
  this.timeout(testMsMax);

  it("is found by its file, serves on its socket, and takes the file away", async () => {
    const lab = await BrokerLab.open();
    try {
      const file = join(lab.newDirectory(), "run", "broker.json");
      const flags = ["--local-socket", "on", "--discovery-file", file];
      const broker = await lab.start({ flags });
      const discovery = JSON.parse(readFileSync(file, "utf8")) as {
        addresses: readonly string[];
        processId: number;
      };
      assert.equal(discovery.processId, broker.processId);
      assert.equal(discovery.addresses[0], broker.address);
      const socket = discovery.addresses[1] ?? "";
      assert.match(socket, /^unix:(?:\/.*broker\.sock|\\\\\.\\pipe\\portlease)$/);
      assert.equal((await runCli(["ls", "--address", socket])).exitCode, 0);
      await broker.kill("SIGTERM");
      assert.ok(!existsSync(file));
      assert.ok(!existsSync(socket.slice("unix:".length)));
    } finally {
      await lab.close();
    }
  });
});
