// Google's own client, portpicker from PyPI as it is, against a broker with the settings that it has by itself.
// Runs alone: nobody holds a port that a portserver has given away, so any broker that picks its own place could take it.

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describeWithTools } from "../../delivery/support/delivery-tools.js";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { eventually } from "../../support/eventually.js";
import type { LeaseCaller } from "../../support/lease-caller.js";
import { repositoryRoot } from "../../support/repository.js";

const python = join(repositoryRoot, ".build", "tools", "python", "bin", "python");
const swarmProgram = join(repositoryRoot, "test", "clients", "portpicker", "swarm.py");
const processCount = 500;

interface Answer {
  readonly pid: number;
  readonly port: number | null;
  /** Empty, or why not. */
  readonly bound: string;
}

describeWithTools("portpicker from PyPI", ["portserver.py", "pytest"], function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess | undefined;
  let caller: LeaseCaller;
  let address: string;
  const programs: ChildProcessWithoutNullStreams[] = [];

  before(async () => {
    lab = await BrokerLab.open();
    address = `@portlease-portpicker-${process.pid}`;
    await startAnew();
  });

  afterEach(async () => {
    for (const program of programs) program.kill("SIGKILL");
    await eventually("all leases end", async () => (await caller.list()).length === 0);
  });
  after(() => lab.close());

  /** On no leases: this very process, which asks for some, does not end. */
  async function startAnew(): Promise<void> {
    await broker?.kill("SIGKILL");
    broker = await lab.start({ flags: ["--portserver", address, "--log-level", "debug"] });
    caller = lab.caller(broker);
  }

  function start(args: readonly string[], cwd = repositoryRoot): ChildProcessWithoutNullStreams {
    const env = { ...process.env, PORTSERVER_ADDRESS: address, PYTHONDONTWRITEBYTECODE: "1" };
    const program = spawn(python, args, { cwd, env });
    programs.push(program);
    return program;
  }

  async function outputOf(program: ChildProcessWithoutNullStreams): Promise<string> {
    let output = "";
    for (const stream of [program.stdout, program.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const [exitCode] = (await once(program, "close")) as [number | null];
    assert.equal(exitCode, 0, output);
    return output;
  }

  async function answersOf(swarm: ChildProcessWithoutNullStreams): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for await (const line of createInterface({ input: swarm.stdout })) {
      answers.push(JSON.parse(line) as Answer);
      if (answers.length === processCount) break;
    }
    return answers;
  }

  it(`gives ${processCount} processes at the same moment a port each, which each really binds`, async () => {
    const swarm = start([swarmProgram, String(processCount)]);
    const answers = await answersOf(swarm);
    assert.equal(answers.length, processCount);
    assert.deepEqual(
      answers.filter(({ port, bound }) => port === null || bound !== ""),
      [],
    );
    assert.equal(new Set(answers.map(({ port }) => port)).size, processCount);
    const leased = new Map(
      (await caller.list(1_000)).map(({ port, holder }) => [port, holder?.process?.processId]),
    );
    assert.equal(leased.size, processCount);
    for (const { pid, port } of answers) assert.equal(leased.get(port ?? 0), pid);
    swarm.stdin.end();
    await once(swarm, "exit");
    await eventually("all ports are free", async () => (await caller.list()).length === 0);
  });

  it("gives a script the port for as long as the script runs", async () => {
    const output = await outputOf(start(["-m", "portpicker", String(process.pid)]));
    const [lease] = await caller.list();
    assert.deepEqual(
      [Number(output), lease?.holder?.process?.processId],
      [lease?.port, process.pid],
    );
    assert.ok(lease !== undefined);
    assert.ok(broker !== undefined);
    await broker.kill("SIGKILL");
    broker = await lab.restart(broker);
    caller = lab.caller(broker);
    const { labels } = (await caller.get(lease.leaseId)).holder ?? {};
    assert.equal(labels?.["portserver"], address);
    await startAnew();
  });

  it("runs the test of the documentation", async () => {
    const page = readFileSync(join(repositoryRoot, "docs", "portserver.md"), "utf8");
    const [, test] = /```python\n([^`]*)```/.exec(page) ?? [];
    assert.ok(test !== undefined);
    const folder = lab.newDirectory();
    writeFileSync(join(folder, "test_server.py"), test);
    const output = await outputOf(start(["-m", "pytest", "-q", "-p", "no:cacheprovider"], folder));
    assert.match(output, /1 passed/);
    assert.match(broker?.stderr ?? "", /"service": ?"portserver"/);
  });
});
