// What operators do from the terminal, against a real broker: look, drain, watch, complete; and what they are told when it does not go.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { parse } from "yaml";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { assertFails } from "../support/cli-failures.js";
import { runInProcess } from "../support/cli-in-process.js";
import { type CliResult, finished, outputMatching, runCli, startCli } from "../support/cli.js";

describe("an operator at the terminal", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let blockId = "";
  let leaseId = "";

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
    blockId = `default-tcp-${broker.ready.blocks[0]?.firstPort}`;
    const caller = lab.caller(broker);
    const lease = await caller.acquire({ holder: { service: "orders" }, ttl: { seconds: 600n } });
    ({ leaseId } = lease);
  });
  after(() => lab.close());

  const run = (...args: readonly string[]): Promise<CliResult> =>
    runInProcess([...args, "--address", broker.address]);
  const asAdmin = (...args: readonly string[]): Promise<CliResult> =>
    run(...args, "--token-file", broker.adminTokenFile);

  it("sees the broker, its pools and that nothing is wrong", async () => {
    const { stdout, exitCode } = await run("status");
    assert.equal(exitCode, 0);
    assert.match(stdout, /^state +serving$/m);
    assert.match(stdout, /^ports +1 of 8 leased \(12% used\)$/m);
    assert.match(stdout, /^default +tcp +\w+ +12% +8 +1 +7 +0 +0 +\d +0 +30s$/m);
    assert.match(stdout, /^nothing is wrong$/m);
  });

  it("has lists in each form", async () => {
    assert.equal((await run("ls", "-o", "name")).stdout, `${leaseId}\n`);
    assert.equal((await run("blocks", "-o", "name")).stdout, `${blockId}\n`);
    const { leases } = parse((await run("ls", "-o", "yaml")).stdout) as {
      leases: readonly { leaseId: string }[];
    };
    assert.deepEqual(
      leases.map((lease) => lease.leaseId),
      [leaseId],
    );
    assert.equal((await run("get", leaseId, "-o", "name")).stdout, `${leaseId}\n`);
  });

  it("drains a block and ends that, by either name of the command, and sees it in the status", async () => {
    assert.match((await asAdmin("drain", blockId)).stdout, / draining /);
    assert.match((await run("status")).stdout, /BLOCK_DRAINING/);
    assert.match((await asAdmin("blocks", "drain", "--undo", blockId)).stdout, / active /);
    assertFails(await asAdmin("drain", "nothing"), 4, /there is no block "nothing"/);
  });

  it("watches, one document on each line", async () => {
    const watch = startCli([
      "pools",
      "--watch",
      "--every",
      "100ms",
      "--json",
      "--address",
      broker.address,
    ]);
    const end = finished(watch);
    const text = await outputMatching(watch.stdout, /\n.*\n/);
    watch.kill("SIGTERM");
    await end;
    const [first = "", second = ""] = text.split("\n");
    for (const line of [first, second]) {
      assert.deepEqual(Object.keys(JSON.parse(line) as object), ["pools"]);
    }
  });

  it("completes what only the broker knows", async () => {
    const { stdout } = await runCli(["__complete", "=", "get"], {
      environment: { PORTLEASE_ADDRESS: broker.address },
    });
    assert.match(stdout, new RegExp(`^${leaseId}\t\\d+ orders\n:candidates\n$`));
  });

  it("is told which token was sent, or that none was, where a role is missing", async () => {
    const locked = await lab.start({ flags: ["--require-token", "true"] });
    const withoutToken = await runCli(["ls", "--address", locked.address]);
    assertFails(withoutToken, 6, /TOKEN_MISSING\]\n {2}no token was sent\n {2}the admin token/);
    const tokenFile = broker.adminTokenFile;
    const other = await runCli(["ls", "--address", locked.address, "--token-file", tokenFile]);
    assertFails(other, 6, /TOKEN_INVALID\]\n {2}the token that was sent is that of --token-file /);
    assert.ok(other.stderr.includes(tokenFile));
  });

  it("is told where the address came from, and that somebody else listens there", async () => {
    const server = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .resume()
        .end("220 mail.example\r\n");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = server.address();
    const port = typeof at === "object" ? at?.port : 0;
    try {
      const PORTLEASE_ADDRESS = `127.0.0.1:${port}`;
      const result = await runCli(["ls"], { environment: { PORTLEASE_ADDRESS } });
      assertFails(result, 3, /\n {2}the address is that of PORTLEASE_ADDRESS\n/);
      assert.match(result.stderr, new RegExp(`something listens there.*explain ${port}`));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const nobody = await runCli(["ls", "--address", "127.0.0.1:1"]);
    assertFails(nobody, 3, /\n {2}the address is that of --address\n {2}to start one: /);
    assert.doesNotMatch(nobody.stderr, /something listens/);
  });

  it("is told of a mistyped subcommand", async () => {
    assertFails(
      await runCli(["pools", "sett"]),
      2,
      /unknown command 'pools sett' \(Did you mean set\?\)/,
    );
  });
});
