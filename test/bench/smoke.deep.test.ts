// The benchmark runs, section by section, and its JSON has the documented shape. No figure is looked at: this machine may be busy.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { sectionNames } from "../../bench/options.js";
import { whyNotMeasured } from "../../bench/peers/peers.js";
import { cellsOf } from "../../bench/rows/cells.js";
import { brokerRows, peerRows, rowNames } from "../../bench/rows/rows.js";
import { findProgram, missingText } from "../../bench/servers/programs.js";
import { repositoryRoot } from "../support/repository.js";
import { temporaryDirectories } from "../support/temporary-directory.js";
import { recordOutput } from "../support/test-output.js";

const figure = z.number().nonnegative();
const spread = z
  .strictObject({ median: figure, min: figure, max: figure })
  .refine(({ median, min, max }) => min <= median && median <= max);

const rowSchema = z.strictObject({
  name: z.enum(rowNames),
  title: z.string(),
  client: z.enum(["js", "native"]),
  server: z.enum(["broker", "etcd", "redis", "portserver", "none"]),
  concurrency: z.int().positive(),
  unit: z.enum(["calls", "pairs", "leases", "ports", "lists"]),
  perSecond: spread,
  serverUsPerCall: spread.nullable(),
  clientUsPerCall: spread,
  loopDelayP99Ms: spread.nullable(),
  p50Ms: spread,
  p99Ms: spread,
  maxMs: spread,
  othersCores: spread.nullable(),
});

const outcomeSchema = z.strictObject({
  date: z.iso.datetime(),
  node: z.literal(process.version),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.int().positive(),
    memoryGib: figure,
    system: z.string(),
    disk: z.string(),
    pinning: z.string(),
  }),
  sections: z.array(z.enum(sectionNames)),
  rounds: z.literal(1),
  secondsPerCell: z.number().positive(),
  seed: z.int(),
  tookMinutes: z.number().positive(),
  othersCores: spread.nullable(),
  rows: z.array(rowSchema),
  ratios: z.array(
    z.strictObject({ name: z.string(), concurrency: z.int().positive(), value: spread }),
  ),
  figures: z.array(z.strictObject({ name: z.string(), unit: z.string(), value: spread })),
  goals: z.array(
    z.strictObject({
      name: z.string(),
      goal: z.string().regex(/^(>=|<=) [0-9.]+$/),
      figure,
      met: z.boolean(),
    }),
  ),
  notes: z.array(z.string()),
});

type Outcome = z.infer<typeof outcomeSchema>;

async function runBench(args: readonly string[]): Promise<{ code: number; output: string }> {
  const main = join(repositoryRoot, ".build", "bench", "main.js");
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  recordOutput(child, "bench");
  const texts = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  return { code, output: (await texts).join("\n") };
}

describe("npm run bench", function () {
  // Brokers, and a fraction of a second per cell; the rest is for slow machines.
  this.timeout(240_000);
  const newDirectory = temporaryDirectories();

  async function measure(
    ...words: readonly string[]
  ): Promise<{ outcome: Outcome; output: string }> {
    const jsonFile = join(newDirectory(), "results", "smoke.json");
    const { code, output } = await runBench(["--smoke", "--json", jsonFile, ...words]);
    assert.equal(code, 0, output);
    const outcome = outcomeSchema.parse(JSON.parse(readFileSync(jsonFile, "utf8")));
    for (const { title } of outcome.rows) assert.ok(output.includes(title), title);
    for (const { name } of [...outcome.figures, ...outcome.goals]) {
      assert.ok(output.includes(name), name);
    }
    return { outcome, output };
  }

  function namesOf(named: readonly { readonly name: string }[]): readonly string[] {
    return named.map(({ name }) => name);
  }

  describe("with the native client", () => {
    before(function () {
      if (findProgram("bench-load") !== null) return;
      // What CI leaves out by mistake would never be missed.
      assert.equal(process.env["CI"], undefined, missingText("bench-load"));
      console.log(`      pending: ${missingText("bench-load")}`);
      this.skip();
    });

    it("measures all rows by both clients, and those of the peers that are installed", async () => {
      const { outcome } = await measure("--only", "calls");
      const options = {
        rows: rowNames,
        clients: ["js", "native"],
        concurrencies: [1, 16],
      } as const;
      const expected = cellsOf([...brokerRows, ...peerRows], options)
        .filter(({ row }) => whyNotMeasured(row.server) === null)
        .map(({ row, client, concurrency }) => `${row.name} ${client} ${concurrency}`);
      assert.deepEqual(
        outcome.rows.map(({ name, client, concurrency }) => `${name} ${client} ${concurrency}`),
        expected,
      );
      assert.ok(outcome.ratios.some(({ name }) => name === "unary pairs / get-port in process"));
      assert.ok(namesOf(outcome.goals).includes("durable unary calls / empty unary calls, c=16"));
      for (const { server, loopDelayP99Ms, serverUsPerCall } of outcome.rows) {
        assert.equal(loopDelayP99Ms !== null, server === "broker", server);
        if (process.platform !== "linux") continue;
        assert.equal(serverUsPerCall !== null, server !== "none", server);
      }
    });

    it("lists ten thousand leases", async () => {
      const { outcome } = await measure("--only", "listing", "--concurrency", "1");
      assert.deepEqual(
        outcome.rows.map(({ name, client }) => [name, client]),
        [
          ["list", "js"],
          ["list", "native"],
        ],
      );
    });

    it("acquires with 200 watches and without", async () => {
      const { outcome } = await measure("--only", "fan-out");
      const sent = outcome.figures.find(({ name }) => name.startsWith("events that"));
      assert.ok(sent !== undefined && sent.value.median > 0, "the readers had nothing to read");
      assert.deepEqual(namesOf(outcome.goals), ["acquires with 200 watches / without"]);
    });
  });

  it("measures only the row and the client asked for, and leaves out the ratios that need others", async () => {
    const only = ["--only", "session-renew", "--client", "js", "--concurrency", "4"];
    const { outcome } = await measure(...only);
    assert.deepEqual(
      outcome.rows.map(({ name, client, concurrency }) => [name, client, concurrency]),
      [["session-renew", "js", 4]],
    );
    assert.deepEqual([...outcome.ratios, ...outcome.goals], []);
  });

  it("picks ports from an empty pool and from a full one", async () => {
    const { outcome } = await measure("--only", "picking");
    assert.equal(outcome.figures.length, 7);
    assert.equal(outcome.goals.length, 1);
  });

  it("lets leases expire at once, and loses none that is renewed meanwhile", async () => {
    const { outcome } = await measure("--only", "expiry");
    const missed = outcome.goals.find(({ name }) => name.startsWith("renewals of others"));
    assert.equal(missed?.figure, 0);
  });

  it("kills a broker with many leases and starts it again with all of them", async () => {
    const { outcome } = await measure("--only", "full-broker");
    assert.deepEqual(namesOf(outcome.goals), [
      "heap for each lease, bytes",
      "restart with 500 leases / reading and decoding the store",
    ]);
  });

  it("starts the core alone again with all of its leases", async () => {
    const { outcome } = await measure("--only", "full-core");
    assert.deepEqual(namesOf(outcome.figures), [
      "core alone, 500 leases: heap for each lease",
      "core alone, 500 leases: from the files to a core that grants",
      "core alone, 500 leases: reading and decoding that store",
      "core alone, 500 leases: the first / the second",
      "core alone, 500 leases: they expire at once, lag p99",
      "core alone, 500 leases: they expire at once, lag max",
    ]);
  });

  it("starts brokers and clients from cold", async () => {
    const { outcome } = await measure("--only", "cold-start", "--only", "client-start");
    assert.deepEqual(outcome.sections, ["cold-start", "client-start"]);
    assert.equal(outcome.goals.length, 2);
  });

  it("reaches a program directly, through pipes and through portlease run --proxy, with nothing lost", async () => {
    const { outcome } = await measure("--only", "proxy");
    for (const way of ["direct", "node's pipes", "run --proxy"]) {
      for (const what of ["one way", "there and back at once", "connect, one message, end: p50"]) {
        assert.ok(namesOf(outcome.figures).includes(`${what}, ${way}`), `${what}, ${way}`);
      }
    }
    assert.equal(outcome.goals.length, 2);
  });

  it("begins no section when the time is up, and says so", async () => {
    const sections = ["--only", "picking", "--only", "client-start"];
    const { outcome } = await measure(...sections, "--minutes", "0.0001");
    assert.deepEqual(outcome.notes, ["client-start is not measured: the time is up (--minutes)"]);
  });

  it("refuses a row that does not exist and names those that do", async () => {
    const { code, output } = await runBench(["--only", "session"]);
    assert.equal(code, 2);
    assert.match(output, /session-pair/);
  });
});
