// The Java sample, generated from proto/, against real brokers: it serves on its leased port, keeps it over a broker that dies
// and comes back, gives it back, and says it is lost when nobody renews it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { childrenOf } from "../support/child-processes.js";
import { finished, outputMatching, runCli, type CliProcess } from "../support/cli.js";
import { eventually } from "../support/eventually.js";
import type { LeaseCaller } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { noteSecret } from "../support/test-output.js";
import { buildJavaSample, missingForJava, startJavaSample } from "./support/java-sample.js";

const missing = missingForJava();
const title = "the Java sample";
/** Longer than a broker takes to come back on a machine that is busy with other tests. */
const ttlMs = 12_000;

/** A JVM starts slowly on a machine that is busy with other tests. */
const startMsMax = 60_000;

interface Serving {
  readonly program: CliProcess;
  readonly port: number;
  readonly leaseId: string;
}

function suite(this: Mocha.Suite): void {
  this.timeout(240_000);
  let lab: BrokerLab;
  const programs: CliProcess[] = [];

  before(async () => {
    lab = await BrokerLab.open();
    buildJavaSample();
  });

  after(async () => {
    for (const program of programs) {
      // The JVM below strace would outlive it.
      for (const processId of childrenOf(program.pid ?? 0)) process.kill(processId, "SIGKILL");
      program.kill("SIGKILL");
    }
    await lab.close();
  });

  function start(args: readonly string[], environment: Record<string, string>): CliProcess {
    const program = startJavaSample(args, environment);
    programs.push(program);
    return program;
  }

  async function serve(broker: BrokerProcess, ttl: string): Promise<Serving> {
    const program = start(["orders", "default", ttl], { PORTLEASE_ADDRESS: broker.address });
    const said = await outputMatching(program.stdout, /^serving .*\n/m);
    const [, port, leaseId] =
      /^serving on port (\d+), lease (\S+), generation \d+$/m.exec(said) ?? [];
    assert.ok(port !== undefined && leaseId !== undefined, said);
    return { program, port: Number(port), leaseId };
  }

  async function hello(port: number): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), "hello\n");
  }

  /** Resolves when the last renewal is this long after the grant. */
  async function kept(caller: LeaseCaller, leaseId: string, forMs: number): Promise<void> {
    await eventually(
      `lease ${leaseId} is kept for ${forMs} ms`,
      async () => {
        const { createTime, renewTime } = await caller.get(leaseId);
        return Number(renewTime) - Number(createTime) > forMs;
      },
      { withinMs: startMsMax },
    );
  }

  it("serves on the leased port, keeps it for several TTLs and over a broker that is killed, and gives it back", async () => {
    const listen = `127.0.0.1:${await lab.takePorts(1)}`;
    const flags = ["--listen", listen, "--pool-ttl-min", "100ms"];
    const broker = await lab.start({ flags });
    const { program, port, leaseId } = await serve(broker, String(ttlMs));
    await hello(port);
    await kept(lab.caller(broker), leaseId, 2 * ttlMs);

    await broker.kill("SIGKILL");
    await hello(port);
    const again = await lab.restart(broker);
    const caller = lab.caller(again);
    await kept(caller, leaseId, 3 * ttlMs);
    await hello(port);

    const end = finished(program);
    program.kill("SIGTERM");
    const { exitCode, signal, stderr } = await end;
    assert.deepEqual([exitCode, signal], [143, null], stderr);
    const { codeName, reason } = await failureOf(caller.get(leaseId));
    assert.deepEqual([codeName, reason], ["NOT_FOUND", "LEASE_NOT_FOUND"]);
    const history = await runCli(["history", "--lease", leaseId, "--address", again.address]);
    assert.match(history.stdout, /released/i);
  });

  it("says jeopardy, then lost, when the broker is away for longer than the TTL, and stops serving", async () => {
    const broker = await lab.start({ flags: ["--pool-ttl-min", "100ms"] });
    const { program, port } = await serve(broker, String(ttlMs));
    const end = finished(program);
    await broker.kill("SIGKILL");
    const { exitCode, stdout } = await end;
    // UNCONFIRMED where the machine was so busy that the program slept through the moment before the deadline.
    assert.match(stdout, /^lease JEOPARDY\nlease LOST (?:DEADLINE_PASSED|UNCONFIRMED)\n$/m);
    assert.equal(exitCode, 3);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  });

  it("says lost when a broker answers that does not know the lease, as after a lost data directory", async () => {
    const flags = ["--listen", `127.0.0.1:${await lab.takePorts(1)}`, "--pool-ttl-min", "100ms"];
    const broker = await lab.start({ flags });
    const { program } = await serve(broker, String(2 * ttlMs));
    const end = finished(program);
    await broker.kill("SIGKILL");
    await lab.start({ flags });
    const { exitCode, stdout } = await end;
    assert.match(stdout, /^lease LOST LEASE_NOT_FOUND\n$/m);
    assert.equal(exitCode, 3);
  });

  it("shares the port in the order that leaves it to nobody else: SO_REUSEADDR only after the bind (semantics 22)", async () => {
    const broker = await lab.start();
    const trace = join(lab.newDirectory(), "calls");
    const strace = ["strace", "-f", "-qq", "-e", "trace=setsockopt,bind,listen", "-o", trace];
    const program = startJavaSample([], { PORTLEASE_ADDRESS: broker.address }, strace);
    programs.push(program);
    const said = await outputMatching(program.stdout, /^serving .*\n/m);
    const port = /port (\d+)/.exec(said)?.[1];
    const end = finished(program);
    // strace itself blocks the signal, and ends with the program.
    for (const processId of childrenOf(program.pid ?? 0)) process.kill(processId, "SIGTERM");
    await end;
    const calls = readFileSync(trace, "utf8");
    const descriptor = new RegExp(`bind\\((\\d+), .*port=htons\\(${port}\\)`).exec(calls)?.[1];
    const ofSocket = new RegExp(
      `^\\d+ +(\\w+)\\(${descriptor}, (?:SOL_SOCKET, (SO_REUSE\\w+), (\\[\\d\\]))?`,
      "gm",
    );
    const order = [...calls.matchAll(ofSocket)]
      .filter(([, call, option]) => call !== "setsockopt" || option !== undefined)
      .map(([, ...words]) => words.filter(Boolean).join(" "));
    // The JDK itself sets the first one when it opens the socket.
    assert.deepEqual(order.slice(order.indexOf("setsockopt SO_REUSEADDR [0]")), [
      "setsockopt SO_REUSEADDR [0]",
      "setsockopt SO_REUSEPORT [1]",
      `bind`,
      "listen",
      "setsockopt SO_REUSEADDR [1]",
    ]);
  });

  it("shows the broker's refusal by its code, reason and values", async () => {
    const broker = await lab.start();
    const program = start(["orders", "nowhere"], { PORTLEASE_ADDRESS: broker.address });
    const { exitCode, stderr } = await finished(program);
    assert.match(stderr, /^NOT_FOUND POOL_NOT_FOUND \{.*pool=nowhere.*\}\nPOOL_NOT_FOUND: /m);
    assert.equal(exitCode, 1);
  });

  it("finds the broker on its local socket", async () => {
    const broker = await lab.start({ flags: ["--local-socket", "on"] });
    const address = `unix:${join(broker.ready.dataDirectory, "broker.sock")}`;
    const program = start([], { PORTLEASE_ADDRESS: address });
    const end = finished(program);
    await outputMatching(program.stdout, /^serving on port /m);
    program.kill("SIGTERM");
    assert.equal((await end).exitCode, 143);
  });

  it("sends the token of a file, and not to another host", async () => {
    const folder = lab.newDirectory();
    const tokenFile = join(folder, "ci.token");
    writeFileSync(tokenFile, `${"j".repeat(40)}\n`, { mode: 0o600 });
    noteSecret("j".repeat(40));
    const config = `tokens:\n  - { name: ci, role: holder, file: "${tokenFile}" }\n`;
    const broker = await lab.start({ config, flags: ["--require-token", "true"] });
    const without = start([], { PORTLEASE_ADDRESS: broker.address });
    assert.match((await finished(without)).stderr, /^UNAUTHENTICATED TOKEN_MISSING /m);
    const token = { PORTLEASE_TOKEN_FILE: tokenFile };
    const withToken = start([], { PORTLEASE_ADDRESS: broker.address, ...token });
    const end = finished(withToken);
    await outputMatching(withToken.stdout, /^serving on port /m);
    withToken.kill("SIGTERM");
    assert.equal((await end).exitCode, 143);
    const elsewhere = start([], { PORTLEASE_ADDRESS: "192.0.2.1:7600", ...token });
    assert.match((await finished(elsewhere)).stderr, /INVALID_ARGUMENT OPTION_INVALID/);
  });
}

if (missing === "") describe(title, suite);
else describe.skip(`${title} (there is no ${missing}; run scripts/setup-ci)`, suite);
