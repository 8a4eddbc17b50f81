// One wrong byte on disk, end to end: `serve` refuses with a line that says what to do, or has exactly the leases that were
// acknowledged. The store's own tests flip hundreds of bytes; here a few go through the whole program.

import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { BrokerLab } from "../support/broker-lab.js";
import { BrokerDidNotStart, type BrokerProcess } from "../support/broker-process.js";
import { runCli } from "../support/cli.js";
import { type Acquired, fromMs } from "../support/lease-caller.js";

/** Where in the file: 0 its first byte, 1 its last. */
const places: readonly (readonly [file: string, share: number])[] = [
  ["portlease.db", 0.3],
  ["portlease.db-wal", 0.5],
  ["portlease.db-wal", 0.999],
];

describe("A data directory with one flipped byte", () => {
  let lab: BrokerLab;
  let killed: BrokerProcess;
  let leases: readonly Acquired[];

  before(async () => {
    lab = await BrokerLab.open();
    killed = await lab.start({ poolSize: 64 });
    const caller = lab.caller(killed);
    const acquired: Acquired[] = [];
    // One after the other: each is a transaction of its own in the write-ahead log.
    for (let index = 0; index < 40; index += 1) {
      acquired.push(await caller.acquire({ ttl: fromMs(3_600_000), requestId: `flip-${index}` }));
    }
    for (const lease of acquired.splice(0, 15)) await caller.release(lease);
    await killed.kill("SIGKILL");
    leases = acquired;
  });

  after(() => lab.close());

  function copyOfData(): string {
    const copy = join(lab.newDirectory(), "data");
    cpSync(killed.options.dataDirectory, copy, { recursive: true });
    return copy;
  }

  async function assertServes(broker: BrokerProcess): Promise<void> {
    const caller = lab.caller(broker);
    const facts = (lease: Pick<Acquired, "leaseId" | "port" | "generation">) =>
      [lease.leaseId, lease.port, lease.generation] as const;
    assert.deepEqual((await caller.list()).map(facts), leases.map(facts));
    for (const lease of leases) await caller.renew(lease);
    await broker.kill("SIGKILL");
  }

  it("is sound, and served, before any byte is flipped", async () => {
    const dataDirectory = copyOfData();
    const check = await runCli(["store", "check", "--data-dir", dataDirectory]);
    assert.equal(check.exitCode, exitCodes.ok, check.stdout);
    await assertServes(await lab.restart(killed, { dataDirectory }));
  });

  for (const [file, share] of places) {
    it(`is refused or has every lease: ${file} at ${share * 100} %`, async () => {
      const dataDirectory = copyOfData();
      flipByte(join(dataDirectory, file), share);
      const before = contentOf(dataDirectory);
      const check = await runCli(["store", "check", "--data-dir", dataDirectory, "--json"]);
      assert.deepEqual(contentOf(dataDirectory), before, "the check changes nothing");
      const { verdict } = JSON.parse(check.stdout) as { readonly verdict: string };

      const refusal = await startOrRefusal(dataDirectory);
      if (refusal === null) {
        assert.deepEqual([verdict, check.exitCode], ["sound", exitCodes.ok]);
        return;
      }
      assert.deepEqual([verdict, check.exitCode], ["damaged", exitCodes.damaged]);
      assert.equal(refusal.exit.exitCode, exitCodes.failure);
      const lines = refusal.stderr.trimEnd().split("\n");
      assert.equal(lines.length, 1, refusal.stderr);
      const entry = JSON.parse(lines[0] ?? "") as Readonly<Record<string, string>>;
      assert.equal(entry["level"], "error");
      const named = entry["reason"]?.includes(`portlease store check --data-dir ${dataDirectory}`);
      assert.ok(named, entry["reason"]);
    });
  }

  /** `null` when the broker starts, and then it has exactly what was acknowledged. */
  async function startOrRefusal(dataDirectory: string): Promise<BrokerDidNotStart | null> {
    try {
      await assertServes(await lab.restart(killed, { dataDirectory }));
      return null;
    } catch (error) {
      if (error instanceof BrokerDidNotStart) return error;
      throw error;
    }
  }

  it("says so to people in one line, and what to do", async () => {
    const dataDirectory = copyOfData();
    flipByte(join(dataDirectory, "portlease.db-wal"), 0.5);
    const { exit, stderr } = await lab.failToStart({ dataDirectory, logFormat: "text" });
    assert.equal(exit.exitCode, exitCodes.failure);
    const line = /^portlease: the store in .* is damaged: .*run "portlease store check .*\n$/;
    assert.match(stderr, line);
    const check = await runCli(["store", "check", "--data-dir", dataDirectory]);
    assert.match(check.stdout, /DAMAGED[^]*meaning[^]*to do/);
  });
});

function flipByte(path: string, share: number): void {
  const bytes = readFileSync(path);
  const position = Math.floor(share * (bytes.length - 1));
  bytes.writeUInt8(bytes.readUInt8(position) ^ 0xff, position);
  writeFileSync(path, bytes);
}

function contentOf(directory: string): Readonly<Record<string, string>> {
  const files = readdirSync(directory).toSorted();
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(directory, name)).toString("base64")]),
  );
}
