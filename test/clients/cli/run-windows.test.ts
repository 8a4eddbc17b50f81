// `portlease run` as it is on Windows: programs inherit no sockets there, and get no signals. The decisions are the same on every
// system, so they are tested everywhere, with a program that runs on this one.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import type { ChildLauncher } from "#cli/run/child-launcher.js";
import { forwardSignals, windowsSignals } from "#cli/run/forward-signals.js";
import type { Output } from "#cli/output.js";
import { runLeased } from "#cli/run/run-leased.js";
import type { RunOptions } from "#cli/run/run-options.js";
import { windowsLauncher } from "#cli/run/windows-launcher.js";
import { plainDisplay } from "#cli/terminal/display.js";
import { FakeLeaseService } from "../ts/support/fake-lease-service.js";

/** The program is this Node, which has no .exe on other systems. */
const launcher: ChildLauncher = { ...windowsLauncher, find: (name) => name };

describe("portlease run on Windows", () => {
  let service: FakeLeaseService;
  let directory: string;
  let notes: string[];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "portlease-run-"));
    service = await new FakeLeaseService([20_001, 20_002]).start();
    service.bindMethod = BindMethod.BIND_METHOD_PLAIN;
    notes = [];
  });
  afterEach(() => {
    service.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const output: Output = {
    line: () => assert.fail("stdout is the program's"),
    json: () => assert.fail("stdout is the program's"),
    compactJson: () => assert.fail("stdout is the program's"),
    text: () => assert.fail("stdout is the program's"),
    display: () => plainDisplay,
    note: (text) => notes.push(text),
  };

  function run(program: string, options: Partial<RunOptions> = {}): Promise<number> {
    const { address } = service;
    const ways = { handover: "auto", restart: "no", onLost: "ignore" } as const;
    const defaults = { count: 1, waitBroker: 10_000, address, ...ways };
    const args = ["-e", program];
    return runLeased(
      { name: process.execPath, args },
      { ...defaults, ...options },
      launcher,
      output,
    );
  }

  it("leases ports that any program may bind, tells them the program, and releases them after it", async () => {
    const told = join(directory, "told.json");
    const program = `require("fs").writeFileSync(${JSON.stringify(told)}, JSON.stringify(process.env)); process.exit(3)`;
    assert.equal(
      await run(program, { count: 2, env: [{ name: "HTTP_PORT", template: "{port}" }] }),
      3,
    );
    const environment = JSON.parse(readFileSync(told, "utf8")) as Record<string, string>;
    assert.equal(environment["PORTLEASE_PORTS"], "20001,20002");
    assert.deepEqual([environment["PORT"], environment["HTTP_PORT"]], ["20001", "20001"]);
    assert.equal(environment["LISTEN_FDS"], undefined);
    assert.equal(environment["LISTEN_PID"], undefined);
    assert.equal(service.acquires.length, 1);
    assert.equal(service.releases.length, 1);
  });

  for (const bindMethod of [BindMethod.BIND_METHOD_ASSOCIATE, BindMethod.BIND_METHOD_HANDOFF]) {
    it(`starts nothing where the port needs ${bindMethod === 1 ? "a token" : "the broker"}, and says what to do instead`, async () => {
      service.bindMethod = bindMethod;
      const never = join(directory, "never");
      const program = `require("fs").writeFileSync(${JSON.stringify(never)}, "")`;
      await assert.rejects(run(program, { handover: "port" }), {
        code: "UNSUPPORTED",
        message: /--handover sockets.*--proxy.*a pool of kind administered/,
      });
      assert.throws(() => readFileSync(never));
      assert.equal(service.releases.length, 1);
    });
  }

  it("starts nothing where one port of several needs help", async () => {
    const grant = service.grant.bind(service);
    service.onAcquire = (request) => {
      const answer = grant(request);
      const [reservation] = answer.reservations;
      assert.ok(reservation !== undefined);
      const bindMethod = BindMethod.BIND_METHOD_HANDOFF;
      const second = { ...reservation, firstPort: 20_002, portCount: 1, bindMethod };
      return { ...answer, reservations: [{ ...reservation, portCount: 1 }, second] };
    };
    await assert.rejects(run("", { count: 2, handover: "port" }), { code: "UNSUPPORTED" });
  });

  it("refuses --bind where it would do nothing: before it leases, or before it starts anything", async () => {
    const bind = "127.0.0.1";
    await assert.rejects(run("", { bind, handover: "port" }), { exitCode: 2, message: /--bind/ });
    assert.equal(service.acquires.length, 0);
    await assert.rejects(run("", { bind }), { exitCode: 2, message: /--handover sockets/ });
    assert.equal(service.releases.length, 1);
  });

  it("names the service after the program, without folders and ending", async () => {
    for (const name of [String.raw`C:\x\orders.exe`, "orders.EXE", "orders", "D:/y/orders.com"]) {
      assert.equal(windowsLauncher.nameOf(name), "orders");
    }
    assert.equal(windowsLauncher.nameOf("orders.v2"), "orders.v2");
  });

  it("ends for no signal of the console while the program runs, and passes none on: the program has it already", () => {
    const passedOn: string[] = [];
    const before = process.listenerCount("SIGBREAK");
    const signals = forwardSignals(windowsSignals);
    process.emit("SIGBREAK", "SIGBREAK");
    assert.equal(signals.early, "SIGBREAK");
    assert.ok(signals.none.aborted);
    signals.to((signal) => passedOn.push(signal));
    assert.ok(!signals.endsRun(null), "it came before the program");
    process.emit("SIGBREAK", "SIGBREAK");
    signals.stop();
    assert.deepEqual(passedOn, []);
    assert.ok(signals.endsRun(null));
    assert.deepEqual(windowsSignals.taken, ["SIGINT", "SIGBREAK", "SIGHUP"]);
    assert.equal(process.listenerCount("SIGBREAK"), before);
  });
});
