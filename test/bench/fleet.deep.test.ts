// The benchmark of the fleet runs, and says what it is to say. No figure is looked at: this machine may be busy.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { describeWithEtcd } from "../support/etcd-program.js";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { recordOutput } from "../support/test-output.js";

const figure = z.number().nonnegative();
const latency = z
  .strictObject({ count: z.int().positive(), p50Ms: figure, p99Ms: figure, maxMs: figure })
  .refine(({ p50Ms, p99Ms, maxMs }) => p50Ms <= p99Ms && p99Ms <= maxMs);

const coreSchema = z.strictObject({
  load: z.strictObject({
    hosts: z.literal(40),
    leases: z.int().positive(),
    hostBytes: figure,
    leaseBytes: figure,
    loadMs: figure,
    bytesPerHost: z.number(),
    bytesPerLease: z.number(),
    sameAgainMs: figure,
    stormMs: figure,
  }),
  live: z.strictObject({
    rows: z.array(
      z.strictObject({
        intervalMs: z.int(),
        leases: z.boolean(),
        readers: z.int(),
        changesPerSecond: z.number().positive(),
        cpuShare: figure,
        loopDelayP99Ms: figure,
        loopDelayMaxMs: figure,
        firstViewMs: figure,
        latency,
        bytesPerReaderSecond: z.number().positive(),
      }),
    ),
    storm: z.strictObject({
      readers: z.int(),
      entries: z.int().positive(),
      tookMs: figure,
      loopDelayMaxMs: figure,
      latency,
      bytesPerReader: z.number().positive(),
    }),
  }),
});

const size = z.strictObject({
  totalBytes: z.number().positive(),
  usedBytes: z.number().positive(),
});

/** Only Linux tells of other processes. */
const knownOnLinux = process.platform === "linux" ? z.number().positive() : z.null();
const share = process.platform === "linux" ? figure : z.null();

const etcdSchema = z.strictObject({
  hosts: z.literal(40),
  leases: z.int().positive(),
  fill: z.strictObject({
    publishedMs: figure,
    keys: z.int().positive(),
    database: size,
    etcdBytes: knownOnLinux,
    serverStartMs: figure,
    serverBytes: knownOnLinux,
  }),
  rows: z.array(
    z.strictObject({
      asked: figure,
      changesPerSecond: z.number().positive(),
      publishedPerSecond: z.number().positive(),
      transactionsPerSecond: z.number().positive(),
      pending: z.int().nonnegative(),
      readers: z.int(),
      intervalMs: z.literal(100),
      latency,
      etcdCores: share,
      serverCores: share,
      loadCores: figure,
    }),
  ),
  compaction: z.strictObject({
    before: size,
    after: size,
    compactMs: figure,
    defragmentMs: figure,
    etcdBytes: knownOnLinux,
  }),
  reconnect: z.strictObject({ brokersMs: figure, published: z.int().positive(), latency }),
});

async function runBench(args: readonly string[]): Promise<{ code: number; output: string }> {
  const main = join(repositoryRoot, ".build", "bench", "fleet", "main.js");
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  recordOutput(child, "bench:fleet");
  const texts = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  return { code, output: (await texts).join("\n") };
}

describeWithEtcd("npm run bench:fleet", function () {
  // A second for each row, and what it takes to start programs on a slow machine.
  this.timeout(180_000);
  const newDirectory = temporaryDirectories();

  it("measures the view alone, with readers, and in a storm", async () => {
    const jsonFile = join(newDirectory(), "results", "core.json");
    const { code, output } = await runBench(["--smoke", "--only", "core", "--json", jsonFile]);
    assert.equal(code, 0, output);
    const { core } = JSON.parse(readFileSync(jsonFile, "utf8")) as Record<string, unknown>;
    const { live } = coreSchema.parse(core);
    assert.deepEqual(
      live.rows.map(({ intervalMs, leases, readers }) => [intervalMs, leases, readers]),
      [
        [1_000, false, 1],
        [1_000, false, 20],
        [100, false, 1],
        [100, false, 20],
        [1_000, true, 1],
        [1_000, true, 20],
      ],
    );
    assert.match(output, /^\| memory of a host, of a lease +\| \d+ B, \d+ B +\|$/m);
  });

  it("measures the way from brokers through a real etcd to readers, its size, and what comes after an outage", async () => {
    const jsonFile = join(newDirectory(), "etcd.json");
    const { code, output } = await runBench(["--smoke", "--only", "etcd", "--json", jsonFile]);
    assert.equal(code, 0, output);
    const outcome = JSON.parse(readFileSync(jsonFile, "utf8")) as Record<string, unknown>;
    assert.equal(outcome["core"], null);
    const etcd = etcdSchema.parse(outcome["etcd"]);
    assert.deepEqual(
      etcd.rows.map(({ asked, readers }) => [asked, readers]),
      [
        [100, 1],
        [1_000, 1],
        [100, 20],
        [1_000, 20],
      ],
    );
    // Every lease changed while etcd was away.
    assert.ok(etcd.reconnect.published >= etcd.leases);
  });

  it("refuses a part that does not exist and names those that do", async () => {
    const { code, output } = await runBench(["--only", "view"]);
    assert.equal(code, 2);
    assert.match(output, /it is core or etcd/);
  });
});
