// Whether the holder's process is who it says it is: real brokers, real processes, the real tables of the host.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describeOnLinux } from "../native/support/linux-only.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { runCli } from "../support/cli.js";
import type { LeaseCaller } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { SessionCaller } from "../support/session-caller.js";

describeOnLinux("The process of a holder (semantics 11)", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let sibling: ChildProcess;

  before(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start();
    caller = lab.caller(broker);
    sibling = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" });
    await once(sibling, "spawn");
  });

  after(async () => {
    sibling.kill("SIGKILL");
    await lab.close();
  });

  const acquire = (processId: number) => caller.acquire({ holder: { process: { processId } } });

  it("is proven when it makes the call itself, on a session too", async () => {
    const { lease } = await acquire(process.pid);
    assert.equal(lease.holder?.process?.proven, true);
    assert.notEqual(lease.holder?.process?.startTime, "");
    const session = new SessionCaller(caller);
    const holder = { process: { processId: process.pid } };
    const answer = await session.tell({ $case: "acquireLease", value: { holder } }, "acquireLease");
    assert.equal(answer.lease?.holder?.process?.proven, true);
    session.cancel();
  });

  it("is proven when a program that it started makes the call, as in a script", async () => {
    const args = ["acquire", "--pid", String(process.pid), "--address", broker.address, "--json"];
    const { exitCode, stdout, stderr } = await runCli(args, { record: "stderr" });
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /"proven": ?true/);
  });

  it("is refused when it is somebody else", async () => {
    const failure = await failureOf(acquire(sibling.pid ?? 0));
    assert.equal(`${failure.codeName} ${failure.reason}`, "PERMISSION_DENIED NOT_YOUR_PROCESS");
    assert.equal(
      failure.details.badRequest?.fieldViolations[0]?.field,
      "holder.process.process_id",
    );
    assert.ok(!failure.text.includes(String(process.pid)), "whose connection it is stays untold");
  });

  it("is taken as told, and not proven, when there is no such process here", async () => {
    const { lease } = await acquire(4_000_000);
    const { proven, startTime } = lease.holder?.process ?? {};
    assert.deepEqual([proven, startTime], [false, ""]);
  });
});
