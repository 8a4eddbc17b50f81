// `portlease run` with programs of three languages as they come: signals, exit codes, a broker that restarts, a lease that is
// lost. The Go program takes its sockets with github.com/coreos/go-systemd, which is the other side of systemd's own protocol.
// Takes turns: .build/tools/bin/go-activated

import assert from "node:assert/strict";
import { once } from "node:events";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { finished, outputMatching, startCli, type CliProcess } from "../../support/cli.js";
import {
  buildGoProgram,
  goProgram,
  describeWithPrograms,
  nodeProgram,
  pythonProgram,
} from "./support/activated-programs.js";

interface Served {
  readonly child: CliProcess;
  readonly processId: number;
  readonly port: number;
}

const answerOf = async (port: number): Promise<number> =>
  Number((await (await fetch(`http://127.0.0.1:${port}/`)).text()).split(" ")[0]);

describeWithPrograms("portlease run with programs of other languages", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  const children: CliProcess[] = [];

  before(async () => {
    buildGoProgram();
    lab = await BrokerLab.open();
  });
  beforeEach(async () => {
    const listen = ["--listen", `127.0.0.1:${await lab.takePorts(1)}`];
    broker = await lab.start({ flags: [...listen, "--pool-quarantine", "0s"] });
  });
  afterEach(async () => {
    const left = children.filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(left.map((child) => (child.kill("SIGTERM"), once(child, "close"))));
    await broker.kill("SIGKILL");
  });
  after(() => lab.close());

  async function serve(
    command: readonly string[],
    options: readonly string[] = [],
  ): Promise<Served> {
    const args = ["run", "--address", broker.address, ...options, "--", ...command];
    const child = startCli(args);
    children.push(child);
    const line = await outputMatching(child.stdout, /serving pid \d+ port \d+\n/);
    const [, processId, port] = /pid (\d+) port (\d+)/.exec(line) ?? [];
    return { child, processId: Number(processId), port: Number(port) };
  }

  const isAlive = (processId: number): boolean => {
    try {
      return process.kill(processId, 0);
    } catch {
      return false;
    }
  };

  for (const { language, command, exitCodes } of [nodeProgram, pythonProgram, goProgram]) {
    describe(language, () => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        it(`is served, gets ${signal}, and its exit code is passed on`, async () => {
          const { child, processId, port } = await serve(command);
          assert.equal(await answerOf(port), processId);
          child.kill(signal);
          const { exitCode, stderr } = await finished(child);
          assert.equal(exitCode, exitCodes[signal], stderr);
          assert.ok(!isAlive(processId));
          assert.deepEqual(await lab.caller(broker).list(), []);
        });
      }

      it("is not disturbed by a broker that restarts, and keeps its lease", async () => {
        const { child, processId, port } = await serve(command, [
          "--ttl",
          "5s",
          "--on-lost",
          "exit",
        ]);
        const [before] = await lab.caller(broker).list();
        await broker.kill("SIGKILL");
        assert.equal(await answerOf(port), processId);
        broker = await lab.restart(broker);
        const [after] = await lab.caller(broker).list();
        assert.deepEqual([after?.leaseId, after?.port], [before?.leaseId, port]);
        assert.equal(await answerOf(port), processId);
        child.kill("SIGTERM");
        assert.equal((await finished(child)).exitCode, exitCodes.SIGTERM);
        assert.deepEqual(await lab.caller(broker).list(), []);
      });

      it("is ended when its lease is lost, and the exit code is 125 (--on-lost exit)", async () => {
        const { child, processId } = await serve(command, ["--ttl", "5s", "--on-lost", "exit"]);
        await broker.kill("SIGKILL");
        const { exitCode, stderr } = await finished(child);
        assert.equal(exitCode, 125, stderr);
        assert.match(stderr, /LEASE LOST/);
        assert.ok(!isAlive(processId));
      });

      it("comes back on the same socket after a crash (--restart on-failure)", async () => {
        const { child, processId, port } = await serve(command, ["--restart", "on-failure"]);
        process.kill(processId, "SIGKILL");
        const next = await answerOf(port);
        assert.notEqual(next, processId);
        child.kill("SIGTERM");
        assert.equal((await finished(child)).exitCode, exitCodes.SIGTERM);
      });
    });
  }
});
