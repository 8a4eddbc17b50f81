// `portlease run` as it is on Windows: programs get no sockets there, and no signals. The decisions are the same on every
// system, so they are tested everywhere, with a program that runs on this one.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import type { ChildLauncher } from "#cli/child-launcher.js";
import { forwardSignals, windowsSignals } from "#cli/forward-signals.js";
import type { Output } from "#cli/output.js";
import { runLeased, type RunOptions } from "#cli/run-leased.js";
import { windowsLauncher } from "#cli/windows-launcher.js";
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
    note: (text) => notes.push(text),
  };

  function run(program: string, options: Partial<RunOptions> = {}): Promise<number> {
    const { address } = service;
    const defaults = { count: 1, onLost: "ignore", waitBroker: 10_000, address } as const;
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
    assert.equal(await run(program, { count: 2, env: ["HTTP_PORT"] }), 3);
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
      await assert.rejects(run(`require("fs").writeFileSync(${JSON.stringify(never)}, "")`), {
        code: "UNSUPPORTED",
        message: /client library, or use a pool of kind administered/,
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
    await assert.rejects(run("", { count: 2 }), { code: "UNSUPPORTED" });
  });

  it("refuses --bind, which would do nothing, before it leases", async () => {
    await assert.rejects(run("", { bind: "127.0.0.1" }), { exitCode: 2, message: /--bind/ });
    assert.equal(service.acquires.length, 0);
  });

  it("names the service after the program, without folders and ending", async () => {
    for (const name of [String.raw`C:\x\orders.exe`, "orders.EXE", "orders", "D:/y/orders.com"]) {
      assert.equal(windowsLauncher.nameOf(name), "orders");
    }
    assert.equal(windowsLauncher.nameOf("orders.v2"), "orders.v2");
  });

  it("ends for no signal of the console while the program runs, and passes none on: the program has it already", () => {
    const early: string[] = [];
    const passedOn: string[] = [];
    const before = process.listenerCount("SIGBREAK");
    const signals = forwardSignals(windowsSignals, (signal) => early.push(signal));
    process.emit("SIGBREAK", "SIGBREAK");
    signals.to((signal) => passedOn.push(signal));
    process.emit("SIGBREAK", "SIGBREAK");
    signals.stop();
    assert.deepEqual([early, passedOn], [["SIGBREAK"], []]);
    assert.deepEqual(windowsSignals.taken, ["SIGINT", "SIGBREAK", "SIGHUP"]);
    assert.equal(process.listenerCount("SIGBREAK"), before);
  });
});
