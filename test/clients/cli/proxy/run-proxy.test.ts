// `portlease run --proxy` against a real broker, with programs that know nothing of portlease but PORT.

import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import {
  finished,
  outputMatching,
  runCli,
  startCli,
  type CliProcess,
} from "../../../support/cli.js";
import { startTestBroker, type TestBroker } from "../../../support/running-broker.js";
import { heardText } from "./support/proxy-lab.js";

/** Answers each request with its environment, or with whatever `answer` is; says when it listens. */
const httpServer = `
const { createServer } = require("node:http");
const server = createServer((request, response) => response.end(JSON.stringify({ pid: process.pid, env: process.env })));
server.listen(process.env.PORT, () => console.log("serving"));`;

/** Says "hello", then echoes; ends in order on SIGTERM. */
const echoServer = `
const { createServer } = require("node:net");
const server = createServer((socket) => { socket.write("hello\\n"); socket.pipe(socket); });
server.listen(process.env.PORT, "localhost", () => console.log("serving"));
process.on("SIGTERM", () => { console.log("asked to end"); process.exit(0); });`;

interface Answer {
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
}

describe("portlease run --proxy", function () {
  this.timeout(120_000);
  let broker: TestBroker;
  const children: CliProcess[] = [];

  before(async function () {
    // The signals are POSIX.
    if (process.platform !== "linux") this.skip();
    broker = await startTestBroker();
  });
  after(async () => {
    const left = children.filter((child) => child.exitCode === null && child.signalCode === null);
    // The first signal may wait for connections that nobody ends any more; the second one does not.
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      for (const child of left) child.kill(signal);
    await Promise.all(left.map((child) => once(child, "close")));
    await broker.dispose();
  });

  const environment = (): Record<string, string> => ({ PORTLEASE_ADDRESS: broker.address });
  const refused = (...args: readonly string[]) =>
    runCli(["run", ...args, "--", "sh", "-c", "exit 0"], { environment: environment() });

  /** The CLI, and the leased port once the program listens. */
  async function started(
    program: string,
    ...args: readonly string[]
  ): Promise<{ readonly child: CliProcess; readonly port: number }> {
    const node = ["--", process.execPath, "-e", program];
    const child = startCli(["run", "--proxy", ...args, ...node], { environment: environment() });
    children.push(child);
    const [told] = await Promise.all([
      outputMatching(child.stderr, /gets port \d+/),
      outputMatching(child.stdout, /serving\n/),
    ]);
    return { child, port: Number(/gets port (\d+)/.exec(told)?.[1]) };
  }

  async function ask(port: number): Promise<Answer> {
    const request = get({ port, host: "127.0.0.1", agent: false });
    const [response] = await once(request, "response");
    return JSON.parse(await text(response)) as Answer;
  }

  async function stopped(child: CliProcess): Promise<number | null> {
    child.kill("SIGTERM");
    return (await finished(child)).exitCode;
  }

  it("serves an unmodified HTTP server, which is told a private port in PORT and the leased one beside it", async () => {
    const { child, port } = await started(httpServer, "--env", "HTTP=127.0.0.1:{port}");
    const { env } = await ask(port);
    assert.deepEqual([env["PORTLEASE_PORT"], env["PORTLEASE_PORTS"]], [String(port), String(port)]);
    assert.match(env["PORT"] ?? "", /^\d+$/);
    assert.notEqual(env["PORT"], String(port));
    assert.equal(env["HTTP"], `127.0.0.1:${env["PORT"]}`);
    assert.deepEqual([env["LISTEN_FDS"], env["PORTLEASE_SOCKET"]], [undefined, undefined]);
    assert.equal(await stopped(child), 128 + 15);
  });

  it("gives each of several ports a private one", async () => {
    const program = `
      const { createServer } = require("node:net");
      let left = 2;
      for (const port of process.argv[1].split(",")) {
        createServer((socket) => socket.end(port)).listen(port, () => { if (--left === 0) console.log("serving"); });
      }`;
    const args = [
      "run",
      "--proxy",
      "--count",
      "2",
      "--",
      process.execPath,
      "-e",
      program,
      "{ports}",
    ];
    const child = startCli(args, { environment: environment() });
    children.push(child);
    const [told] = await Promise.all([
      outputMatching(child.stderr, /gets port [\d, ]+ \(/),
      outputMatching(child.stdout, /serving\n/),
    ]);
    const ports = (/gets port ([\d, ]+) \(/.exec(told)?.[1] ?? "").split(", ").map(Number);
    const said = await Promise.all(ports.map((port) => text(connect(port, "127.0.0.1"))));
    assert.equal(new Set([...said, ...ports.map(String)]).size, 4);
    await stopped(child);
  });

  it("forwards to a private Unix socket, which is told in PORT, PORTLEASE_SOCKET and {socket}, and leaves nothing of it", async () => {
    const { child, port } = await started(
      httpServer,
      "--proxy-to",
      "{socket}",
      "--env",
      "AT=unix:{socket}",
    );
    const { env } = await ask(port);
    const path = env["PORTLEASE_SOCKET"] ?? "";
    assert.deepEqual([env["PORT"], env["AT"]], [path, `unix:${path}`]);
    await stopped(child);
    await assert.rejects(once(connect(path), "connect"), { code: "ENOENT" });
  });

  for (const [what, ...where] of [["port"], ["socket", "--proxy-to", "{socket}"]] as const) {
    it(`holds connections while a program behind a ${what} is started again, though it was killed`, async () => {
      const failing = `
        const { createServer } = require("node:net");
        createServer((socket) => { socket.end("one answer"); socket.on("close", () => process.kill(process.pid, "SIGKILL")); })
          .listen(process.env.PORT, () => console.log("serving"));`;
      const { child, port } = await started(failing, "--restart", "on-failure", ...where);
      for (let count = 0; count < 3; count += 1) {
        const ended = outputMatching(child.stderr, /it is started again/);
        assert.equal(await text(connect(port, "127.0.0.1")), "one answer");
        await ended;
      }
      await stopped(child);
    });
  }

  it("takes no more connections at SIGTERM, and lets those that are open end before the program is asked to", async () => {
    const { child, port } = await started(echoServer, "--proxy-drain", "1h");
    const open = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await once(open, "data");
    const told = outputMatching(child.stderr, /no more connections are taken/);
    child.kill("SIGTERM");
    await told;
    await assert.rejects(once(connect(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
    const rest = heardText(open);
    open.end("last words");
    assert.equal(await rest, "last words");
    const { exitCode, stdout } = await finished(child);
    assert.deepEqual([exitCode, stdout], [0, "asked to end\n"]);
  });

  it("asks the program at once with the second SIGTERM, and where there is nothing to wait for", async () => {
    const impatient = await started(echoServer, "--proxy-drain", "1h");
    const open = connect(impatient.port, "127.0.0.1").on("error", () => undefined);
    await once(open, "data");
    const told = outputMatching(impatient.child.stderr, /no more connections are taken/);
    impatient.child.kill("SIGTERM");
    await told;
    assert.equal(await stopped(impatient.child), 0);
    const unused = await started(echoServer, "--proxy-drain", "1h");
    assert.equal(await stopped(unused.child), 0);
  });

  it("delivers what the program said last before it ended", async () => {
    const bytes = 8 * 1024 * 1024;
    const leaving = `
      const { createServer } = require("node:net");
      createServer((socket) => socket.end(Buffer.alloc(${bytes}), () => process.exit(3)))
        .listen(process.env.PORT, () => console.log("serving"));`;
    const { child, port } = await started(leaving);
    const peer = connect(port, "127.0.0.1");
    assert.equal((await heardText(peer)).length, bytes);
    assert.equal((await finished(child)).exitCode, 3);
  });

  it("says what cannot be forwarded before anything is leased", async () => {
    const { exitCode, stderr } = await refused("--proxy", "--protocol", "udp");
    assert.equal(exitCode, 125, stderr);
    assert.match(stderr, /^portlease: --proxy forwards TCP connections only[^\n]+\n$/);
  });
});
