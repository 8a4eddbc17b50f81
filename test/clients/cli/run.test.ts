// `portlease run` against a real broker: the program gets its socket, signals reach it, and the lease ends with it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { finished, outputMatching, runCli, startCli, type CliProcess } from "../../support/cli.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";

/** Serves on the passed socket and answers with what it was told; ends by itself when asked to with "exit". */
const server = `
const { createServer } = require("node:net");
const fs = require("node:fs");
const { env, pid } = process;
const flags = fs.readFileSync("/proc/self/fdinfo/3", "utf8").match(/flags:\\s*(\\d+)/)[1];
const answer = JSON.stringify({ pid, env, blocking: (parseInt(flags, 8) & 0o4000) === 0 });
createServer((socket) => socket.end(answer)).listen({ fd: 3 }, () => console.log("serving " + env.PORT));
`;

/** Tells each signal that it gets, and ends with 5 on SIGTERM. */
const listener = `
for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"]) {
  process.on(signal, () => console.log("got " + signal));
}
process.on("SIGTERM", () => process.exit(5));
setInterval(() => undefined, 1000);
console.log("listening");
`;

/** What a descriptor is; it may be closed while we look. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

interface Answer {
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly blocking: boolean;
}

describe("portlease run", function () {
  this.timeout(120_000);
  let broker: TestBroker;
  const children: CliProcess[] = [];

  before(async function () {
    // The program's side is POSIX: descriptors, signals and /bin/sh.
    if (process.platform !== "linux") this.skip();
    broker = await startTestBroker();
  });
  after(async () => {
    // Only what a failed test left: the signal is passed on, so that no program stays behind.
    const left = children.filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(left.map((child) => (child.kill("SIGTERM"), once(child, "close"))));
    await broker.dispose();
  });

  const environment = (): Record<string, string> => ({ PORTLEASE_ADDRESS: broker.address });
  const start = (args: readonly string[], added: Record<string, string> = {}): CliProcess => {
    const child = startCli(["run", ...args], { environment: { ...environment(), ...added } });
    children.push(child);
    return child;
  };
  const run = (...args: readonly string[]) =>
    runCli(["run", ...args], { environment: environment() });
  const node = (program: string) => ["--", process.execPath, "-e", program];

  async function leases(): Promise<readonly { port: number; holder: { service: string } }[]> {
    const { stdout } = await runCli(["ls", "--json"], { environment: environment() });
    return (JSON.parse(stdout) as { leases: { port: number; holder: { service: string } }[] })
      .leases;
  }

  /** Starts the server program and asks it. */
  async function served(
    args: readonly string[],
    added: Record<string, string> = {},
  ): Promise<{ child: CliProcess; port: number; answer: Answer }> {
    const child = start([...args, ...node(server)], added);
    const output = await outputMatching(child.stdout, /serving \d+\n/);
    const port = Number(/serving (\d+)/.exec(output)?.[1]);
    const answer = JSON.parse(await text(connect(port, "127.0.0.1"))) as Answer;
    return { child, port, answer };
  }

  it("passes the listening socket as descriptor 3, with the environment of socket activation (semantics 28)", async () => {
    const { child, port, answer } = await served(["--service", "orders", "--env", "HTTP_PORT"], {
      PORTLEASE_HOLDER_KEY: "key-of-another-lease",
    });
    const { env } = answer;
    assert.equal(env["LISTEN_PID"], String(answer.pid));
    assert.deepEqual([env["LISTEN_FDS"], env["LISTEN_FDNAMES"]], ["1", "portlease"]);
    for (const name of ["PORT", "PORTLEASE_PORT", "PORTLEASE_PORTS", "HTTP_PORT"]) {
      assert.equal(env[name], String(port), name);
    }
    assert.equal(env["PORTLEASE_ADDRESS"], broker.address);
    assert.match(env["PORTLEASE_GENERATION"] ?? "", /^\d+$/);
    assert.ok(env["PORTLEASE_LEASE_ID"]);
    assert.equal(env["PORTLEASE_HOLDER_KEY"], undefined);
    assert.ok(answer.blocking, "programs that accept() expect a socket that blocks");
    const lease = (await leases()).find((candidate) => candidate.port === port);
    assert.equal(lease?.holder.service, "orders");
    child.kill("SIGTERM");
    assert.equal((await finished(child)).exitCode, 128 + 15);
  });

  it("keeps no copy of the socket, which would hold the port when the program closes it", async () => {
    const { child, answer } = await served([]);
    const passed = readlinkSync(`/proc/${answer.pid}/fd/3`);
    const directory = `/proc/${child.pid}/fd`;
    const own = readdirSync(directory).map((name) => linkOf(join(directory, name)));
    assert.match(passed, /^socket:/);
    assert.ok(!own.includes(passed), own.join(" "));
    child.kill("SIGTERM");
    await finished(child);
  });

  it("releases the lease when the program has ended", async () => {
    const { child, port } = await served([]);
    child.kill("SIGTERM");
    await finished(child);
    assert.ok(!(await leases()).some((lease) => lease.port === port));
    const again = await run("--port", String(port), "--must", "--", "sh", "-c", "exit 0");
    assert.equal(again.exitCode, 0, again.stderr);
  });

  it("asks for what its options say: how long to wait in line, and to stay unbound", async () => {
    const asked = ["--max-wait", "0s", "--bind-within", "90s"];
    const { child, port } = await served(["--service", "unbound", ...asked]);
    const { stdout } = await runCli(["ls", "--json"], { environment: environment() });
    const { leases: all } = JSON.parse(stdout) as {
      readonly leases: readonly { readonly port: number; readonly bindWithin: string }[];
    };
    assert.equal(all.find((lease) => lease.port === port)?.bindWithin, "90s");
    child.kill("SIGTERM");
    await finished(child);
  });

  it("passes one socket per port of a run", async () => {
    const program = `
      const { createServer } = require("node:net");
      let left = 2;
      for (const fd of [3, 4]) {
        const server = createServer((socket) => socket.end(String(fd)));
        server.listen({ fd }, () => { if (--left === 0) console.log("serving " + process.env.PORTLEASE_PORTS); });
      }`;
    const child = start(["--count", "2", ...node(program)]);
    const output = await outputMatching(child.stdout, /serving .*\n/);
    const [first = 0, second = 0] = (/serving (.*)\n/.exec(output)?.[1] ?? "")
      .split(",")
      .map(Number);
    assert.equal(second, first + 1);
    assert.equal(await text(connect(first, "127.0.0.1")), "3");
    assert.equal(await text(connect(second, "127.0.0.1")), "4");
    child.kill("SIGTERM");
    await finished(child);
  });

  it("listens on the address asked for", async () => {
    const program = `
      const server = require("node:net").createServer();
      server.listen({ fd: 3 }, () => { console.log(server.address().address); process.exit(); });`;
    assert.equal((await run("--bind", "127.0.0.1", ...node(program))).stdout, "127.0.0.1\n");
    assert.equal((await run(...node(program))).stdout, "::\n");
  });

  it("passes arguments on as they are, options too", async () => {
    const program = "console.log(JSON.stringify(process.argv.slice(1)))";
    const words = ["--json", "a b", "$HOME", "", "--", "-x"];
    const result = await run("--", process.execPath, "-e", program, "--", ...words);
    assert.deepEqual(JSON.parse(result.stdout), words);
  });

  it("exits with the program's code", async () => {
    assert.equal((await run("--", "sh", "-c", "exit 7")).exitCode, 7);
    assert.equal((await run("sh", "-c", "exit 0")).exitCode, 0);
  });

  it("exits with 128 + n when a signal ended the program", async () => {
    assert.equal((await run("--", "sh", "-c", "kill -KILL $$")).exitCode, 137);
  });

  it("exits with 127 for a command that does not exist and 126 for one that cannot run, and leases nothing", async () => {
    const before = (await leases()).length;
    const missing = await run("--", "no-such-command");
    assert.equal(missing.exitCode, 127);
    assert.match(
      missing.stderr,
      /^portlease: the command "no-such-command" was not found: [^\n]+\n$/,
    );
    assert.equal((await run("--", "/etc/passwd")).exitCode, 126);
    assert.equal((await leases()).length, before);
  });

  it("refuses {socket} where the program behind a proxy gets a port, and leases nothing", async () => {
    const { exitCode, stderr } = await run("--proxy", "--", "sh", "-c", "exit 0", "{socket}");
    assert.equal(exitCode, 125);
    assert.match(stderr, /add --proxy-to \{socket\}/);
  });

  it("exits with 126, and gives the lease back, when the system does not start the program", async () => {
    // One argument of Linux has 131,072 bytes at most: https://man7.org/linux/man-pages/man2/execve.2.html
    const longest = `${"x".repeat(131_060)}{ports}`;
    const { exitCode, stderr } = await run("--count", "4", "--", "sh", "-c", longest);
    assert.equal(exitCode, 126, stderr.slice(0, 1_000));
    assert.match(stderr, /cannot be started.*E2BIG/);
    assert.deepEqual(await leases(), []);
  });

  it("exits with 125 when portlease itself fails, wrong options included", async () => {
    const refused = await run("--pool", "nowhere", "--", "sh");
    assert.equal(refused.exitCode, 125);
    assert.match(refused.stderr, /^portlease: [^\n]+\[POOL_NOT_FOUND\]\n$/);
    const wrong = await run("--on-lost", "cry", "--", "sh");
    assert.equal(wrong.exitCode, 125);
    assert.match(wrong.stderr, /'cry' is invalid/);
    assert.equal((await run()).exitCode, 125);
  });

  it("passes signals on, and stays until the program has ended", async () => {
    const child = start(node(listener));
    await outputMatching(child.stdout, /listening\n/);
    for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) {
      const told = outputMatching(child.stdout, new RegExp(`got ${signal}\n`));
      child.kill(signal);
      await told;
    }
    child.kill("SIGTERM");
    const { exitCode, stderr } = await finished(child);
    assert.equal(exitCode, 5, stderr);
  });

  it("waits for a broker that is not up yet, says so once, and gives up on a signal (semantics 30)", async () => {
    const child = start(["--address", "127.0.0.1:1", ...node(listener)]);
    await outputMatching(child.stderr, /waiting for the broker: no portlease broker answers/);
    child.kill("SIGTERM");
    const { exitCode, stdout } = await finished(child);
    assert.equal(exitCode, 128 + 15);
    assert.equal(stdout, "");
  });

  describe("when the lease is lost", () => {
    let lostBroker: TestBroker;
    beforeEach(async () => {
      lostBroker = await startTestBroker();
    });
    afterEach(() => lostBroker.dispose());

    /** Starts the listener with a short lease and takes its broker away. */
    async function losing(onLost: readonly string[]): Promise<CliProcess> {
      const args = ["--address", lostBroker.address, "--ttl", "500ms", ...onLost];
      const child = start([...args, ...node(listener)]);
      await outputMatching(child.stdout, /listening\n/);
      const told = outputMatching(child.stderr, /LEASE LOST: /);
      await lostBroker.stop("the test takes it away");
      await told;
      return child;
    }

    it("says so loudly and lets the program go on, by default", async () => {
      const child = await losing([]);
      assert.equal(child.exitCode, null);
      const told = outputMatching(child.stdout, /got SIGUSR1\n/);
      child.kill("SIGUSR1");
      await told;
      child.kill("SIGTERM");
      assert.equal((await finished(child)).exitCode, 5);
    });

    it("ends the program with --on-lost exit, and exits with 125", async () => {
      const child = await losing(["--on-lost", "exit"]);
      if (child.exitCode === null) await once(child, "close");
      assert.equal(child.exitCode, 125);
    });
  });
});
