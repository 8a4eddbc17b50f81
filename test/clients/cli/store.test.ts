// The "store" commands as processes: exit codes, one-line errors, JSON, and brokers that go on with what they made.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { runCli } from "../../support/cli.js";
import { type Acquired, fromMs } from "../../support/lease-caller.js";
import { flipByte, snapshot } from "../../support/store-snapshot.js";

const ttl = fromMs(600_000);

describe("portlease store", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let killed: BrokerProcess;
  let leases: readonly Acquired[];

  before(async () => {
    lab = await BrokerLab.open();
    killed = await lab.start({ poolSize: 4 });
    const caller = lab.caller(killed);
    leases = [
      await caller.acquire({ ttl, requestId: "one" }),
      await caller.acquire({ ttl, requestId: "two" }),
    ];
    await killed.kill("SIGKILL");
  });

  after(() => lab.close());

  function copyOfData(): string {
    return snapshot(killed.options.dataDirectory, lab.newDirectory());
  }

  async function exported(...flags: string[]): Promise<string> {
    const file = join(lab.newDirectory(), "export.jsonl");
    const from = ["--data-dir", killed.options.dataDirectory];
    const { exitCode, stderr } = await runCli([
      "store",
      "export",
      ...from,
      "--out",
      file,
      ...flags,
    ]);
    assert.equal(exitCode, exitCodes.ok, stderr);
    return file;
  }

  it("repairs a store whose broker then has the leases, their keys, and no port for anybody else", async () => {
    const dataDirectory = copyOfData();
    flipByte(dataDirectory, "walPath", 20_000, 0x20);
    const repair = await runCli([
      "store",
      "repair",
      "--data-dir",
      dataDirectory,
      "--yes",
      "--json",
    ]);
    assert.equal(repair.exitCode, exitCodes.ok, repair.stdout + repair.stderr);
    const broker = await lab.restart(killed, { dataDirectory });
    const caller = lab.caller(broker);
    for (const lease of leases) assert.equal((await caller.renew(lease)).port, lease.port);
    await assert.rejects(caller.acquire({ ttl }), { reason: "POOL_FULL" });
    await broker.kill("SIGTERM");
  });

  it("moves leases with their keys when the secret comes along", async () => {
    const file = await exported("--with-secret");
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
    const dataDirectory = join(lab.newDirectory(), "data");
    const { exitCode, stdout } = await runCli([
      "store",
      "import",
      file,
      "--data-dir",
      dataDirectory,
    ]);
    assert.equal(exitCode, exitCodes.ok);
    assert.match(stdout, /keys +the holder keys of the leases go on working/);
    const broker = await lab.restart(killed, { dataDirectory });
    const caller = lab.caller(broker);
    for (const lease of leases) assert.equal((await caller.renew(lease)).port, lease.port);
    const again = await caller.acquire({ ttl, requestId: "one" });
    assert.equal(again.leaseId, leases[0]?.leaseId);
    await broker.kill("SIGTERM");
  });

  it("keeps the ports but not the keys without the secret, and says so", async () => {
    const dataDirectory = join(lab.newDirectory(), "data");
    const words = ["store", "import", await exported(), "--data-dir", dataDirectory];
    const { stdout } = await runCli(words);
    assert.match(stdout, /keys +the holder keys of the leases are DEAD/);
    const broker = await lab.restart(killed, { dataDirectory });
    const caller = lab.caller(broker);
    assert.deepEqual(
      (await caller.list()).map(({ port }) => port),
      leases.map(({ port }) => port),
    );
    const [lease] = leases;
    await assert.rejects(caller.renew({ ...lease }), { reason: "HOLDER_KEY_MISMATCH" });
    await broker.kill("SIGTERM");
  });

  it("prints an export on stdout, and one JSON document about it with --out and --json", async () => {
    const from = ["--data-dir", killed.options.dataDirectory];
    const { stdout } = await runCli(["store", "export", ...from]);
    assert.equal(
      stdout,
      readFileSync(await exported(), "utf8")
        .replace(/"exportedWallMs":\d+/, exportedAt(stdout))
        .replace(/"sha256":"\w+"/, sumOf(stdout)),
    );
    const file = join(lab.newDirectory(), "export.jsonl");
    const made = await runCli(["store", "export", ...from, "--out", file, "--json"]);
    const { leaseCount, withSecret } = JSON.parse(made.stdout) as Record<string, unknown>;
    assert.deepEqual([leaseCount, withSecret], [2, false]);
    assert.ok(existsSync(file));
  });

  const none = (): string => lab.newDirectory();
  const damaged = (): string => {
    const directory = copyOfData();
    flipByte(directory, "walPath", 20_000, 0x20);
    return directory;
  };
  for (const [what, words, directory, exitCode, message] of [
    ["repair of a sound store", ["repair", "--yes"], copyOfData, exitCodes.refused, null],
    ["repair without a store", ["repair", "--yes"], none, exitCodes.notFound, null],
    ["repair without --yes", ["repair"], damaged, exitCodes.damaged, null],
    ["export without a store", ["export"], none, exitCodes.notFound, /there is no store in/],
    ["export of a damaged store", ["export"], damaged, exitCodes.damaged, /store check/],
    ["export as JSON to nowhere", ["export", "--json"], copyOfData, exitCodes.usage, /--out/],
    ["check of an unset variable", ["check"], () => "", exitCodes.usage, /--data-dir is empty/],
    ["import of no file", ["import", "/none"], none, exitCodes.notFound, /cannot be read/],
  ] as const) {
    it(`exits with ${exitCode}: ${what}`, async () => {
      const result = await runCli(["store", ...words, "--data-dir", directory()]);
      assert.equal(result.exitCode, exitCode, result.stdout + result.stderr);
      if (message === null) return;
      assert.match(result.stderr, message);
      assert.equal(result.stderr.trimEnd().split("\n").length, 1);
    });
  }

  it("refuses a damaged export, and writes nothing", async () => {
    const file = await exported();
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace('"portCount"', '"x"').replace("tcp", "udp"),
    );
    const dataDirectory = join(lab.newDirectory(), "data");
    const result = await runCli(["store", "import", file, "--data-dir", dataDirectory]);
    assert.equal(result.exitCode, exitCodes.damaged);
    assert.match(result.stderr, /its checksum is wrong.*nothing was changed/);
    assert.ok(!existsSync(dataDirectory));
  });

  it("leaves the store of a running broker alone", async () => {
    const broker = await lab.start();
    const at = ["--data-dir", broker.options.dataDirectory];
    const file = await exported();
    for (const words of [["repair", "--yes", "--force"], ["export"], ["import", file, "--force"]]) {
      const { exitCode } = await runCli(["store", ...words, ...at]);
      assert.equal(exitCode, exitCodes.refused, words.join(" "));
    }
    await lab.caller(broker).acquire();
    await broker.kill("SIGTERM");
  });
});

function exportedAt(text: string): string {
  return /"exportedWallMs":\d+/.exec(text)?.[0] ?? "";
}

function sumOf(text: string): string {
  return /"sha256":"\w+"/.exec(text)?.[0] ?? "";
}
