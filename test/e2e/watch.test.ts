// Reading leases with the real broker and the real CLI: watch across restarts, history, filtered and ordered lists.

import assert from "node:assert/strict";
import type { BrokerProcess } from "../support/broker-process.js";
import { BrokerLab } from "../support/broker-lab.js";
import {
  type CliProcess,
  type CliResult,
  finished,
  outputMatching,
  runCli,
  startCli,
} from "../support/cli.js";
import { assertFails } from "../support/cli-failures.js";
import { eventually } from "../support/eventually.js";
import type { LeaseCaller } from "../support/lease-caller.js";
import { WatchCaller } from "../support/watch-caller.js";

interface TellsEvent {
  readonly event?: { readonly type: string; readonly revision: string };
}

describe("reading leases", function () {
  // Each test starts several processes, under Wine on a busy machine too.
  this.timeout(120_000);

  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  const watching: CliProcess[] = [];

  before(async () => {
    lab = await BrokerLab.open();
  });
  afterEach(async () => {
    for (const child of watching.splice(0)) {
      child.kill("SIGKILL");
      await finished(child);
    }
  });
  after(() => lab.close());

  /** On a port that it has again after a restart. */
  async function start(config = ""): Promise<void> {
    const listen = `127.0.0.1:${await lab.takePorts(1)}`;
    broker = await lab.start({ config, flags: ["--listen", listen] });
    caller = lab.caller(broker);
  }
  const cli = (...words: readonly string[]): Promise<CliResult> =>
    runCli([...words, "--address", broker.address]);
  const comeAndGo = async (service: string): Promise<void> => {
    await caller.release(await caller.acquire({ holder: { service } }));
  };

  it("watch tells every change once, also those around a kill and a restart", async () => {
    await start();
    await caller.acquire({ holder: { service: "before" } });
    const child = startCli(["watch", "--json", "--address", broker.address]);
    watching.push(child);
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const firstEvent = outputMatching(child.stdout, /"event"/);
    const reopened = outputMatching(child.stderr, /the watch ended and is opened again/);
    await outputMatching(child.stdout, /"snapshot":.*"service":"before".*"complete":true/);
    await comeAndGo("first");
    await firstEvent;
    await broker.kill("SIGKILL");
    await reopened;
    broker = await lab.restart(broker);
    caller.close();
    caller = lab.caller(broker);
    await comeAndGo("second");
    const events = await eventually("the changes after the restart are told", () => {
      const lines = text.split("\n").slice(0, -1);
      const told = lines
        .map((line) => JSON.parse(line) as TellsEvent)
        .flatMap(({ event }) => event ?? []);
      return told.length >= 4 ? told : null;
    });
    assert.deepEqual(
      events.map(({ type }) => type),
      ["TYPE_GRANTED", "TYPE_ENDED", "TYPE_GRANTED", "TYPE_ENDED"],
    );
    const revisions = events.map(({ revision }) => Number(revision));
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].toSorted((a, b) => a - b),
    );
    assert.equal(text.match(/"snapshot"/g)?.length, 1, "it went on, without a second snapshot");
    assert.doesNotMatch(text, /bookmark/);
  });

  it("watch prints a line for each lease and each change", async () => {
    await start();
    await caller.acquire({ holder: { service: "orders", instance: "1" } });
    const child = startCli(["watch", "--filter", "service = o*", "--address", broker.address]);
    watching.push(child);
    const ended = outputMatching(child.stdout, /ended .*other/);
    await outputMatching(child.stdout, /^\S+Z +active +\d+ +tcp +orders +1 +\S+\n/);
    await comeAndGo("billing");
    await comeAndGo("other");
    const text = await ended;
    assert.match(text, /granted +\d+ +tcp +other +- +\S+ +ttl 30s\n.*ended .* released\n/);
    assert.doesNotMatch(text, /billing/);
  });

  it("200 watches end together with the broker and go on with the next one, without a gap", async () => {
    await start();
    await caller.acquire();
    const watchers = Array.from({ length: 200 }, () => new WatchCaller(caller));
    const [snapshot] = await Promise.all(watchers.map((watcher) => watcher.snapshot()));
    await comeAndGo("seen");
    await Promise.all(watchers.map((watcher) => watcher.events(2)));
    const exit = await broker.kill("SIGTERM");
    assert.equal(exit.exitCode, 0);
    const last = BigInt(snapshot?.revision ?? 0) + 2n;
    for (const watcher of watchers) {
      const failure = await watcher.ended;
      assert.equal(failure?.codeName, "UNAVAILABLE");
      assert.equal(failure.details.errorInfo?.metadata["last_revision"], String(last));
    }
    broker = await lab.restart(broker);
    caller = lab.caller(broker);
    await comeAndGo("missed");
    const resumed = watchers.map(() => new WatchCaller(caller, { startRevision: last + 1n }));
    for (const watcher of resumed) {
      const events = await watcher.events(2);
      assert.deepEqual(
        events.map(({ lease }) => lease?.holder?.service),
        ["missed", "missed"],
      );
    }
  });

  it("watch fails with one line and the exit code of what is wrong", async () => {
    await start("history: { maxChanges: 4 }");
    for (let count = 0; count < 4; count += 1) await comeAndGo("gone");
    assertFails(await cli("watch", "--filter", "service ="), 2, /filter is wrong at character 10/);
    assertFails(
      await cli("watch", "--filter", "binding = BOUND"),
      2,
      /changes while a lease lives/,
    );
    assertFails(
      await cli("watch", "--from-revision", "1"),
      5,
      /no longer kept.*REVISION_COMPACTED/,
    );
    assertFails(await cli("watch", "--from-revision", "9007199254740990"), 5, /lies ahead/);
    const nobody = `127.0.0.1:${await lab.takePorts(1)}`;
    assertFails(await runCli(["watch", "--address", nobody]), 3, new RegExp(nobody));
    const json = await cli("watch", "--filter", "(", "--json");
    assert.equal(json.exitCode, 2);
    assert.equal(
      (JSON.parse(json.stdout) as { error: { reason: string } }).error.reason,
      "FIELD_INVALID",
    );
  });

  it("history says who had a port when, and what it does not know", async () => {
    await start("history: { maxChanges: 6 }");
    for (const service of ["forgotten", "orders", "billing"]) await comeAndGo(service);
    const { port } = await caller.acquire({ holder: { service: "now" } });
    const all = await cli("history");
    assert.equal(all.exitCode, 0);
    assert.match(all.stdout, /^TIME +EVENT +PORT/);
    assert.match(all.stderr, /nothing is known before 20/);
    const billing = JSON.parse((await cli("history", "--service", "billing", "--json")).stdout) as {
      readonly events: readonly { readonly type: string }[];
      readonly knownSince: string;
    };
    assert.deepEqual(
      billing.events.map(({ type }) => type),
      ["TYPE_GRANTED", "TYPE_ENDED"],
    );
    const one = String(port);
    const now = await cli("history", "--port", one, "--at", new Date().toISOString());
    assert.match(now.stdout, /granted .*now/);
    const long = await cli("history", "--port", one, "--at", "2026-01-01T00:00:00Z");
    assert.match(long.stdout, /^not known: history does not reach back to 2026-01-01/);
    assert.equal(long.exitCode, 0);
    const limited = await cli("history", "--limit", "1");
    assert.equal(limited.stdout.trim().split("\n").length, 2);
    assertFails(await cli("history", "--at", "03:12"), 2, /name it with --port/);
    assertFails(await cli("history", "--port", one, "--at", "x"), 2, /must be a time/);
    assertFails(await cli("history", "--port", one, "--at", "1h", "--since", "2h"), 2, /alone/);
  });

  it("ls filters and orders", async () => {
    await start();
    for (const service of ["b", "a", "c"]) await caller.acquire({ holder: { service } });
    const listed = await cli(
      "ls",
      "--filter",
      "NOT service = b",
      "--order-by",
      "service desc",
      "--json",
    );
    const { leases, totalSize } = JSON.parse(listed.stdout) as {
      readonly leases: readonly { readonly holder: { readonly service: string } }[];
      readonly totalSize: number;
    };
    assert.deepEqual(
      leases.map(({ holder }) => holder.service),
      ["c", "a"],
    );
    assert.equal(totalSize, 2);
    assertFails(await cli("ls", "--filter", "nonsense = 1"), 2, /no field; the fields are/);
    assertFails(await cli("ls", "--order-by", "nonsense"), 2, /the fields are/);
  });
});
