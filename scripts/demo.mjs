// npm run demo: the whole product on one screen, without a second terminal. Everything is real (broker, services, sockets,
// signals), everything is checked, and the demo exits with 1 if anything is not as it says.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram, programFile } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";

checkNodeVersion();
installIfNeeded();
if (buildProgram() !== 0) fail("the build failed; see above");
if (buildDashboard() !== 0) fail("the dashboard could not be built; see above");

const cli = join(root, programFile);
const dataDirectory = mkdtempSync(join(tmpdir(), "portlease-demo-"));
const children = new Set();

/** Starts a Node program; resolves `lines` one by one as it prints them. */
function start(args, environment = {}) {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  children.add(child);
  child.exited = once(child, "exit").then(() => children.delete(child));
  child.errors = "";
  child.stderr.on("data", (chunk) => (child.errors += chunk));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${args[0]} ended early: ${child.errors}`);
    return value;
  };
  return child;
}

/** Starts a broker with a pool of three ports, so that a freed port is soon leased again. */
async function startBroker(listen) {
  const args = [
    cli,
    "serve",
    "--listen",
    listen,
    "--data-dir",
    dataDirectory,
    "--log-format",
    "json",
  ];
  const broker = start([...args, "--pool-size", "3", "--pool-quarantine", "1s"]);
  broker.ready = JSON.parse(await broker.nextLine());
  return broker;
}

async function cliJson(address, ...args) {
  const child = start([cli, ...args, "--address", address, "--json"]);
  let text = "";
  try {
    for (;;) text += await child.nextLine();
  } catch {
    // The end of its output.
  }
  return JSON.parse(text);
}

async function startService(name, address) {
  const service = start([join(root, "scripts", "demo", "service.mjs"), name], {
    PORTLEASE_ADDRESS: address,
  });
  return { child: service, ...JSON.parse(await service.nextLine()) };
}

async function ask(port, host = "127.0.0.1") {
  return (await (await fetch(`http://${host}:${port}/`)).text()).trim();
}

/** What a plain program gets that listens on the port without a lease. */
async function plainListen(port) {
  const code = `require("net").createServer().on("error", (e) => console.log(e.code)).listen(${port}, () => { console.log("listening"); process.exit() })`;
  return start(["-e", code]).nextLine();
}

const say = (text) => console.log(text);
const step = (text) => console.log(`\n${text}`);

async function demo() {
  const clock = performance.now();
  step("1. A broker owns a block of ports.");
  let broker = await startBroker("127.0.0.1:0");
  const { address, blocks } = broker.ready;
  const [block] = blocks;
  say(`   ${address} owns ports ${block.firstPort}-${block.lastPort} (${block.kind})`);

  step("2. Three services lease a port each and serve on it.");
  const services = [];
  for (const name of ["orders", "carts", "users"]) services.push(await startService(name, address));
  for (const { name, port } of services) {
    const answer = await ask(port);
    assert.equal(answer, `hello from ${name}`);
    say(`   ${name.padEnd(8)} http://127.0.0.1:${port}/  -> ${answer}`);
  }

  step("3. A plain program without a lease is refused on each of these ports.");
  for (const { port } of services) {
    const result = await plainListen(port);
    assert.equal(result, "EADDRINUSE");
    say(`   listen(${port})  -> ${result}`);
  }

  step("4. The broker is killed with SIGKILL and started again: all leases are still there.");
  const before = await cliJson(address, "ls");
  broker.kill("SIGKILL");
  await broker.exited;
  for (const { name, port } of services) assert.equal(await ask(port), `hello from ${name}`);
  say("   while it is away, all three services go on serving");
  broker = await startBroker(address);
  const after = await cliJson(address, "ls");
  const ids = ({ leases }) => leases.map(({ leaseId, port }) => `${port} ${leaseId}`);
  assert.deepEqual(ids(after), ids(before));
  for (const line of ids(after)) say(`   still leased: ${line}`);

  step(
    "5. A service dies without a word. Its port comes back when its lease ends, for the next service in line.",
  );
  const dead = services[1];
  dead.child.kill("SIGKILL");
  await dead.child.exited;
  say(
    `   ${dead.name} on port ${dead.port} was killed; the pool is full, "search" asks again until a port is free ...`,
  );
  const search = await startService("search", address);
  assert.equal(search.port, dead.port);
  assert.ok(BigInt(search.generation) > BigInt(dead.generation));
  say(`   search   http://127.0.0.1:${search.port}/  -> ${await ask(search.port)}`);
  say("   the same port, with a higher generation (the fencing number)");

  step(`All of it held, in ${((performance.now() - clock) / 1000).toFixed(1)} s. Next: npm start`);
}

try {
  await demo();
} catch (error) {
  console.error(`\nportlease: the demo did not go as it should: ${error.message}`);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all([...children].map((child) => child.exited));
  rmSync(dataDirectory, { recursive: true, force: true });
}
