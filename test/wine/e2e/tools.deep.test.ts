// What an operator runs against a broker on Windows: the command line of this Linux host, and the same as a Windows program.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { LeaseClient } from "@portlease/client";
import { runCli } from "../../support/cli.js";
import type { Acquired } from "../../support/lease-caller.js";
import { EndToEndLab } from "../support/end-to-end-lab.js";
import type { PoolCaller } from "../support/pool-caller.js";
import { runWineCli } from "../support/wine-cli.js";
import { describeInWine, windowsPath } from "../support/wine-lab.js";

interface Explanation {
  readonly bindable: boolean;
  readonly summary: string;
  readonly findings: readonly {
    readonly reason: string;
    readonly message: string;
    readonly remedy: string;
    readonly blocking: boolean;
  }[];
  readonly lease: { readonly leaseId: string } | null;
}

interface ToolExit {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A call of a broker whose answer takes netsh, a few Windows programs, and a busy machine. */
const patience = ["--timeout", "60s"] as const;

describeInWine("the tools of a broker on Windows", function () {
  this.timeout(120_000);
  let lab: EndToEndLab;
  let lease: Acquired;
  let stranger: PoolCaller;

  before(async () => {
    lab = await EndToEndLab.open();
    const start = await lab.take(4);
    await lab.startBroker([{ name: "default", kind: "auto", start, size: 4 }]);
    lease = await lab.caller().acquire({ holder: { service: "orders" }, ttl: { seconds: 3_600n } });
    stranger = await lab.stranger();
  });

  after(() => lab.close());

  const runners = {
    Linux: (words: readonly string[]): Promise<ToolExit> => runCli(words),
    Windows: (words: readonly string[]): Promise<ToolExit> => runWineCli(lab.pool, words),
  };

  async function jsonOf<T>(exit: Promise<ToolExit>): Promise<T> {
    const { exitCode, stdout, stderr } = await exit;
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  async function explain(run: (typeof runners)["Linux"], port: number): Promise<Explanation> {
    const broker = ["--address", lab.broker.address, ...patience];
    return jsonOf<Explanation>(
      run(["explain", String(port), "--protocol", "tcp", "--json", ...broker]),
    );
  }

  function blocking({ findings }: Explanation): readonly string[] {
    return findings.filter((finding) => finding.blocking).map(({ reason }) => reason);
  }

  for (const [platform, run] of Object.entries(runners)) {
    describe(`on ${platform}`, () => {
      it("explain says whose lease a port is", async () => {
        const answer = await explain(run, lease.port);
        assert.equal(answer.bindable, false);
        assert.ok(blocking(answer).includes("LEASED"), JSON.stringify(answer));
        assert.equal(answer.lease?.leaseId, lease.leaseId);
        assert.match(answer.summary, /leased to .*orders/);
      });

      it("explain names the range of Windows that keeps a port", async () => {
        const port = await lab.take(3);
        await lab.pool.reserve("tcp", port, 3);
        assert.equal(await stranger.listen(port + 1), "EACCES");
        const answer = await explain(run, port + 1);
        assert.equal(answer.bindable, false);
        const finding = answer.findings.find(({ reason }) => reason.startsWith("EXCLUDED_RANGE"));
        assert.equal(finding?.blocking, true, JSON.stringify(answer));
        assert.match(finding.message, new RegExp(`${port}-${port + 2}`));
        assert.notEqual(finding.remedy, "");
      });

      it("explain says that a port which netsh keeps can be bound all the same", async () => {
        const port = await lab.take(2);
        await lab.pool.exclude("tcp", port, 2);
        assert.equal(await stranger.listen(port), "OK");
        const answer = await explain(run, port);
        assert.equal(answer.bindable, true, JSON.stringify(answer));
        assert.deepEqual(
          answer.findings.map(({ reason }) => reason),
          ["ADMINISTERED_RANGE"],
        );
      });

      it("explain says that a free port is free", async () => {
        const answer = await explain(run, await lab.take(1));
        assert.equal(answer.bindable, true);
        assert.deepEqual(answer.findings, []);
      });

      it("explain names the process that listens", async () => {
        const port = await lab.take(1);
        const socket = await stranger.socket();
        assert.equal((await stranger.bind(socket, port)).error, 0);
        await stranger.ask({ do: "serve", socket });
        const answer = await explain(run, port);
        assert.equal(answer.bindable, false);
        assert.ok(blocking(answer).includes("LISTENING"), JSON.stringify(answer));
        assert.match(
          JSON.stringify(answer.findings),
          new RegExp(`rocess ${stranger.processId}\\b`),
        );
      });

      it("blocks lists, adds and removes", async () => {
        const file = lab.adminTokenFile;
        const token = ["--token-file", platform === "Windows" ? windowsPath(file) : file];
        const broker = ["--address", lab.broker.address, ...token, ...patience];
        const listed = await run(["blocks", ...broker]);
        const [block] = lab.broker.ready.blocks;
        const row = `${block?.firstPort}-${block?.lastPort} +tcp +persistent +active +1 +3 +default`;
        assert.match(listed.stdout, new RegExp(row), listed.stderr);
        const port = await lab.take(2);
        const added = ["blocks", "add", "--first-port", String(port), "--size", "2", ...broker];
        assert.equal((await run(added)).exitCode, 0);
        assert.equal(await stranger.listen(port + 1), "EACCES");
        const removed = await run(["blocks", "remove", `default-tcp-${port}`, ...broker]);
        assert.equal(removed.exitCode, 0, removed.stderr);
        assert.equal(await stranger.listen(port + 1), "OK");
      });
    });
  }

  it("a client on Linux leases, keeps and gives back a port", async () => {
    await using client = new LeaseClient({ address: lab.broker.address });
    const own = await client.acquire({ service: "from Linux" });
    assert.equal(own.state, "safe");
    assert.equal(await stranger.listen(own.port), "EACCES");
    await own.release();
    assert.equal(own.state, "released");
  });
});

describeInWine("portlease uninstall on Windows", function () {
  this.timeout(120_000);
  let lab: EndToEndLab;

  before(async () => {
    lab = await EndToEndLab.open();
  });

  after(() => lab.close());

  it("refuses while the broker runs, asks, then gives back every reservation and deletes the data", async () => {
    const start = await lab.take(4);
    const broker = await lab.startBroker([{ name: "default", kind: "auto", start, size: 4 }]);
    const uninstall = (...words: readonly string[]): Promise<ToolExit> =>
      runWineCli(lab.pool, ["uninstall", "--data-dir", windowsPath(lab.dataDirectory), ...words]);
    const running = await uninstall("--yes");
    assert.equal(running.exitCode, 5);
    assert.match(running.stderr, /the broker still runs: stop it first/);

    await broker.stop();
    const asked = await uninstall();
    assert.equal(asked.exitCode, 5);
    assert.match(asked.stderr, /would give back 2 blocks.*broker:own.*run it again with --yes/s);
    assert.equal((await lab.pool.reservations("persistent")).length, 2);

    const done = await uninstall("--yes");
    assert.equal(done.exitCode, 0, done.stderr);
    assert.deepEqual((await lab.pool.state()).reservations, []);
    assert.ok(!existsSync(lab.dataDirectory));
  });
});
