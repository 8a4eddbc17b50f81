// A broker as a portserver: real brokers, real sockets, real processes that bind their ports as any program does. That Google's own
// client is content is in test/clients/portpicker.deep.test.ts.
// Runs alone: nobody holds a port that a portserver has given away, so any broker that picks its own place could take it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { openHostPorts } from "@portlease/native";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { describeOnLinux, itAsRoot, itIsolated } from "../native/support/linux-only.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { eventually } from "../support/eventually.js";
import type { LeaseCaller } from "../support/lease-caller.js";

/** Ports that rest for no longer than they must, so that they come back within a test. */
const pool =
  "pools: [{name: portserver, size: 4, maxSize: 4, quarantine: 0, maxPortCount: 1, ttl: {default: 2s}}]";

describeOnLinux("A broker as a portserver", function () {
  // It starts programs, which takes seconds each where the machine is busy.
  this.timeout(120_000);

  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let address: string;
  const programs: ChildProcess[] = [];

  before(async () => {
    lab = await BrokerLab.open();
    address = join(lab.newDirectory(), "ports.sock");
    broker = await lab.start({ config: pool, flags: ["--portserver", address] });
    caller = lab.caller(broker);
  });
  afterEach(async () => {
    for (const program of programs) program.kill("SIGKILL");
    await eventually("all leases end", async () => (await caller.list()).length === 0);
  });
  after(() => lab.close());

  /** What it answers to a request, until it hangs up. */
  async function ask(request: string): Promise<string> {
    const socket = connect({ path: address }).setEncoding("utf8");
    let answer = "";
    socket.on("data", (text: string) => (answer += text));
    socket.write(request);
    await once(socket, "close");
    return answer;
  }

  const askFor = async (processId: number): Promise<number> => {
    const answer = await ask(`${processId}\n`);
    assert.match(answer, /^\d+\n$/);
    return Number(answer);
  };

  async function startProgram(): Promise<ChildProcess & { pid: number }> {
    const program = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], {
      stdio: "ignore",
    });
    programs.push(program);
    await once(program, "spawn");
    assert.ok(program.pid !== undefined);
    return Object.assign(program, { pid: program.pid });
  }

  it("answers a port that is leased for the process, and that any program may bind", async () => {
    const { pid } = await startProgram();
    const port = await askFor(pid);
    const [lease] = await caller.list();
    assert.deepEqual(
      [lease?.port, lease?.holder?.service, lease?.holder?.process?.proven],
      [port, "portserver", true],
    );
    assert.deepEqual(
      lease?.holder?.labels["portserver"],
      address,
      "people see where it was asked for",
    );
    const server = createServer().listen({ port, host: "0.0.0.0", exclusive: true });
    await once(server, "listening");
    await new Promise((resolve) => server.close(resolve));
  });

  it("answers another port each time, and lets who comes too late wait for one", async () => {
    const program = await startProgram();
    const ports = new Set<number>();
    for (let count = 0; count < 4; count += 1) ports.add(await askFor(program.pid));
    assert.equal(ports.size, 4);
    const fifth = askFor((await startProgram()).pid);
    program.kill("SIGKILL");
    assert.ok(ports.has(await fifth), "who waits gets a port of a process that ended");
  });

  it("takes ports back from processes that have ended, and lets nobody else bind them then", async () => {
    const program = await startProgram();
    const port = await askFor(program.pid);
    program.kill("SIGKILL");
    const host = openHostPorts();
    await eventually("the broker holds it", () => !host.tryBind("tcp", "0.0.0.0", port).bound);
  });

  it("keeps the lease of a process that runs, who has nothing to renew it with", async () => {
    const { pid } = await startProgram();
    await askFor(pid);
    const [granted] = await caller.list();
    await eventually("it is renewed", async () => {
      const [lease] = await caller.list();
      assert.equal(lease?.leaseId, granted?.leaseId);
      return Number(lease?.renewTime) > Number(granted?.renewTime);
    });
  });

  it("takes a port back at once when who asked for it has gone meanwhile", async () => {
    const program = await startProgram();
    for (let count = 0; count < 4; count += 1) await askFor(program.pid);
    const waiting = await startProgram();
    const socket = connect({ path: address });
    socket.end(`${waiting.pid}\n`);
    await once(socket, "finish");
    socket.destroy();
    const behind = askFor((await startProgram()).pid);
    program.kill("SIGKILL");
    await behind;
    await eventually("only who heard of its port has one", async () => {
      const leases = await caller.list();
      return leases.every(({ holder }) => holder?.process?.processId !== waiting.pid);
    });
  });

  it("answers nothing to who names a process that does not run, never ends, or is no number", async () => {
    assert.equal(await ask("4000000\n"), "");
    assert.equal(await ask("1\n"), "");
    assert.equal(await ask("http\n"), "");
    assert.deepEqual(await caller.list(), []);
  });

  it("keeps leases and their ports as they are across a restart", async () => {
    const program = await startProgram();
    const port = await askFor(program.pid);
    const server = createServer().listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    const [before] = await caller.list();
    await broker.kill("SIGKILL");
    await new Promise((resolve) => server.close(resolve));
    broker = await lab.restart(broker);
    caller = lab.caller(broker);
    const [lease] = await caller.list();
    assert.deepEqual([lease?.leaseId, lease?.port], [before?.leaseId, port]);
    const again = createServer().listen({ port, host: "0.0.0.0", exclusive: true });
    await once(again, "listening");
    await new Promise((resolve) => again.close(resolve));
    program.kill("SIGKILL");
    await eventually("the lease ends", async () => (await caller.list()).length === 0);
  });

  it("keeps them also when neither it nor its pool is configured any more", async () => {
    const program = await startProgram();
    const port = await askFor(program.pid);
    const served = broker;
    await broker.kill("SIGTERM");
    broker = await lab.start({ dataDirectory: served.options.dataDirectory });
    caller = lab.caller(broker);
    const server = createServer().listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    const [before] = await caller.list();
    await eventually("the lease is renewed", async () => {
      const [lease] = await caller.list();
      return Number(lease?.renewTime) > Number(before?.renewTime);
    });
    await new Promise((resolve) => server.close(resolve));
    program.kill("SIGKILL");
    await eventually("the lease ends", async () => (await caller.list()).length === 0);
    await broker.kill("SIGTERM");
    broker = await lab.restart(served);
    caller = lab.caller(broker);
  });

  /** Asks for a port for the process with this id (an expression) and binds it; says which port, or why not. */
  const askingProgram = (named: string) => `
    const net = require("node:net");
    const client = net.connect({ path: ${JSON.stringify(address)} });
    let answer = "";
    client.on("data", (text) => (answer += text)).on("close", () => {
      const port = Number(answer);
      if (port === 0) return console.log("no port");
      const server = net.createServer().on("error", (error) => console.log(error.code));
      server.listen({ port, exclusive: true }, () => console.log("bound", port));
    });
    client.write(${named} + "\\n");`;

  async function said(command: string, args: readonly string[], userId?: number): Promise<string> {
    const identity = userId === undefined ? {} : { uid: userId, gid: userId };
    const program = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], ...identity });
    programs.push(program);
    const [line] = (await once(program.stdout, "data")) as [Buffer];
    return String(line);
  }

  itAsRoot("gives ports to other users, who bind them and name their own processes", async () => {
    const nobody = 65_534;
    const own = ["-e", askingProgram("process.pid")];
    assert.match(await said(process.execPath, own, nobody), /^bound \d+\n$/);
    const others = ["-e", askingProgram(String(process.pid))];
    assert.equal(await said(process.execPath, others, nobody), "no port\n");
  });

  itIsolated("knows a process that counts itself as the first, as in a container", async () => {
    const inside = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const program = [...inside, process.execPath, "-e", askingProgram("process.pid")];
    assert.match(await said("unshare", program), /^bound \d+\n$/);
    const [lease] = await caller.list();
    assert.notEqual(lease?.holder?.process?.processId, 1);
    assert.equal(lease?.holder?.labels["process"], "node");
  });

  it("tells others of the pool to bind plainly, too", async () => {
    const { lease, leaseId, holderKey, reservations } = await caller.acquire({
      pool: "portserver",
      protocol: 3,
    });
    assert.equal(lease.portCount, 1);
    assert.deepEqual(
      reservations.map(({ bindMethod }) => bindMethod),
      [BindMethod.BIND_METHOD_PLAIN, BindMethod.BIND_METHOD_PLAIN],
    );
    await caller.release({ leaseId, holderKey });
  });
});
