// node scripts/smoke.mjs [--kind KIND] [--program FOLDER]
//
// The promise in one minute, on the real operating system: starts a broker of its own, leases a port, and sees that a program
// without a lease is refused on it, and is not on a port beside. --program is an assembled Windows layout; without it the
// compiled checkout runs. Exits with 1, saying what did not hold.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import { checkNodeVersion, root } from "./prepare.mjs";

/** Longer than any start or stop takes, and short enough for CI to say why it failed. */
const stepMsMax = 60_000;

/** What the kernel says to a program without a lease: WSAEACCES, where a reservation refuses; elsewhere the port is held. */
const refusals = { persistent: "EACCES", runtime: "EACCES", held: "EADDRINUSE" };

checkNodeVersion();
const { values } = parseArgs({
  options: { kind: { type: "string" }, program: { type: "string" } },
});
const kind = values.kind ?? (process.platform === "win32" ? "persistent" : "held");
const refusal = refusals[kind];
const node = values.program === undefined ? process.execPath : join(values.program, "node.exe");
const app = values.program === undefined ? root : join(values.program, "app");
const cli = join(app, "dist", "portlease", "main.js");
const folder = mkdtempSync(join(tmpdir(), "portlease-smoke-"));
/** Made by the broker, which refuses one that others may read. */
const dataDirectory = join(folder, "data");

try {
  assert.ok(refusal !== undefined, `--kind must be one of ${Object.keys(refusals).join(", ")}`);
  await smoke();
  console.log(`ok: ${kind} refuses a program without a lease with ${refusal}`);
} catch (error) {
  console.error(`portlease: ${error.message}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}

async function smoke() {
  const flags = ["--listen", "127.0.0.1:0", "--data-dir", dataDirectory, "--log-format", "json"];
  const pool = ["--pool-kind", kind, "--pool-start", "auto", "--pool-size", "4"];
  const stopFlag = process.platform === "win32" ? ["--stop-on-stdin-end"] : [];
  const words = [cli, "serve", ...flags, ...pool, ...stopFlag];
  const broker = spawn(node, words, { stdio: ["pipe", "pipe", 2] });
  const exited = once(broker, "exit");
  try {
    const { address, blocks } = await readyLine(broker);
    const acquired = await command("acquire", "--service", "smoke", "--address", address, "--json");
    const { port } = acquired.lease;
    const [block] = blocks;
    assert.ok(port >= block.firstPort && port <= block.lastPort, `port ${port} is of the block`);
    console.log(`leased port ${port} of ${block.firstPort}-${block.lastPort} (${block.kind})`);
    assert.equal(await plainListen(port), refusal, `listen(${port}) without a lease`);
    // Otherwise the refusal above might be of everything.
    assert.equal(await plainListen(await freePort()), "listening", "listen on a port of nobody");
  } catch (error) {
    broker.kill("SIGKILL");
    await exited;
    throw error;
  }
  await stop(broker, exited);
}

/** Persistent reservations outlive the broker, and only its data says which they are: without them it is kept. */
async function cleanUp() {
  if (process.platform === "win32" && kind === "persistent") {
    try {
      await run("uninstall", "--yes", "--data-dir", dataDirectory);
    } catch (error) {
      console.error(`portlease: uninstall failed, ${dataDirectory} is kept: ${error.message}`);
      process.exitCode = 1;
      return;
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

/** The first line with `ready`; the log is on the same stream. */
async function readyLine(broker) {
  const signal = AbortSignal.timeout(stepMsMax);
  for await (const line of createInterface({ input: broker.stdout, signal })) {
    if (!line.startsWith("{")) continue;
    const message = JSON.parse(line);
    if (message.ready === true) return message;
    console.log(line);
  }
  throw new Error("the broker ended before it was ready; see above");
}

async function run(...args) {
  const { stdout } = await promisify(execFile)(node, [cli, ...args], { timeout: stepMsMax });
  return stdout;
}

async function command(...args) {
  return JSON.parse(await run(...args));
}

/** What a plain program gets that listens on the port: "listening", or the code of the error. */
async function plainListen(port) {
  const program = `require("net").createServer().on("error", (error) => console.log(error.code)).listen(${port}, () => { console.log("listening"); process.exit(); })`;
  const { stdout } = await promisify(execFile)(node, ["-e", program], { timeout: stepMsMax });
  return stdout.trim();
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** On Windows a signal would end it like kill -9; the end of its stdin asks for an orderly stop. */
async function stop(broker, exited) {
  if (process.platform === "win32") broker.stdin.end();
  else broker.kill("SIGTERM");
  const timer = setTimeout(() => broker.kill("SIGKILL"), stepMsMax);
  const [code, signal] = await exited;
  clearTimeout(timer);
  assert.equal(signal ?? code, 0, "the broker's exit code");
}
