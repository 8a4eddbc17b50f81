// npm run fleet:demo: five brokers as if they were on five hosts, services that come and go on them, and a fleet server that shows it
// all in one view. With etcd in between where there is one, else from a list of the brokers' addresses. Everything is real; Ctrl+C ends
// it, and leaves nothing. npm run fleet:demo -- --seconds 60 ends by itself; --without-etcd takes the list in any case.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram, programFile } from "./bundle-program.mjs";
import { Children } from "./demo/children.mjs";
import { findEtcd, startEtcd } from "./demo/etcd.mjs";
import { checkNodeVersion, fail, installIfNeeded, root } from "./prepare.mjs";

const hosts = [
  { hostId: "build-1", role: "build", zone: "north", services: 6 },
  { hostId: "build-2", role: "build", zone: "south", services: 9 },
  { hostId: "shop-1", role: "shop", zone: "north", services: 14 },
  { hostId: "shop-2", role: "shop", zone: "south", services: 4 },
  { hostId: "shop-3", role: "shop", zone: "south", services: 12 },
];
/** So that the fullest host has few ports left. */
const portsOfHost = 16;
/** Short, so that a broker that is killed is seen to be silent soon. */
const presenceTtl = "5s";
const seenWithinMs = 30_000;

const options = readOptions();
checkNodeVersion();
installIfNeeded();
if (buildProgram() !== 0) fail("the build failed; see above");
if (buildDashboard() !== 0) fail("the dashboards could not be built; see above");

const cli = join(root, programFile);
const directory = mkdtempSync(join(tmpdir(), "portlease-fleet-demo-"));
// Services give their ports back before their brokers end, and brokers say farewell before etcd does.
const [services, servers, etcds] = [new Children(), new Children(), new Children()];
const asked = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => asked.abort());
process.once("exit", () => {
  for (const children of [services, servers, etcds]) children.killAll();
  rmSync(directory, { recursive: true, force: true });
});

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { seconds: { type: "string" }, "without-etcd": { type: "boolean" } },
    });
    const seconds = values.seconds === undefined ? null : Number(values.seconds);
    if (seconds !== null && !(seconds > 0 && seconds <= 86_400)) {
      fail(`--seconds ${values.seconds}: it must be a number up to 86400`, 2);
    }
    return { seconds, withoutEtcd: values["without-etcd"] === true };
  } catch (error) {
    return fail(error.message, 2);
  }
}

/** A program of portlease with its configuration in a file; resolves when it is ready, with what it says of itself. */
async function startProgram(command, name, config) {
  const configFile = join(directory, `${name}.yaml`);
  // YAML contains JSON.
  writeFileSync(configFile, JSON.stringify(config));
  const args = [cli, command, "--config", configFile, "--log-format", "json"];
  const child = servers.start(name, process.execPath, args);
  const ready = JSON.parse(await child.nextLine());
  return { child, ready };
}

function brokerConfig({ hostId, role, zone }, etcd) {
  const fleet = { hostId, address: "127.0.0.1", labels: { role, zone }, presenceTtl };
  const kind = process.platform === "win32" ? "runtime" : "held";
  return {
    listen: "127.0.0.1:0",
    http: { listen: "127.0.0.1:0" },
    dataDirectory: join(directory, hostId),
    discoveryFile: "none",
    pools: [{ name: "default", kind, size: portsOfHost, quarantine: "2s" }],
    ...(etcd === null ? {} : { fleet: { etcd: `etcd://${etcd}`, ...fleet } }),
  };
}

function fleetConfig(brokers, etcd) {
  const addresses = brokers.map(({ ready }) => ready.address);
  return {
    listen: "127.0.0.1:0",
    http: { listen: "127.0.0.1:0" },
    dataDirectory: join(directory, "fleet"),
    ...(etcd === null ? { brokers: { list: addresses } } : { etcd: { url: `etcd://${etcd}` } }),
  };
}

/** What the fleet server says of the fleet, once it hears all hosts. */
async function everybodySeen(httpAddress) {
  const endMs = performance.now() + seenWithinMs;
  for (;;) {
    const fleet = await ask(httpAddress, "GetFleet");
    if (fleet.hostsHeardFrom === hosts.length && fleet.leases > 0) return fleet;
    if (performance.now() > endMs || asked.signal.aborted) {
      throw new Error(
        `the fleet server hears ${fleet.hostsHeardFrom ?? 0} of ${hosts.length} hosts`,
      );
    }
    await pause(200);
  }
}

async function ask(httpAddress, method) {
  const response = await fetch(`http://${httpAddress}/portlease.v1.FleetService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function demo() {
  const program = options.withoutEtcd ? null : findEtcd();
  const etcd = program === null ? null : await startEtcd(program, etcds, directory);
  if (etcd !== null) console.log(`etcd on ${etcd}, the brokers publish to it`);
  else if (options.withoutEtcd) console.log("without etcd: the fleet server asks each broker");
  else {
    console.log(
      "there is no etcd here (Debian: apt-get install etcd-server): the fleet server asks each broker",
    );
  }
  const brokers = [];
  for (const host of hosts) {
    const broker = await startProgram("serve", host.hostId, brokerConfig(host, etcd));
    brokers.push(broker);
    const script = join(root, "scripts", "demo", "passing-services.mjs");
    const args = [script, String(host.services), String(brokers.length)];
    const environment = { PORTLEASE_ADDRESS: broker.ready.address };
    services.start(`services of ${host.hostId}`, process.execPath, args, environment);
    console.log(
      `${host.hostId.padEnd(8)} broker on ${broker.ready.address}, process ${broker.child.pid}, ${host.services} services`,
    );
  }
  const { ready } = await startProgram("fleet", "fleet", fleetConfig(brokers, etcd));
  const fleet = await everybodySeen(ready.httpAddress);
  console.log(`the fleet server hears ${fleet.hostsHeardFrom} hosts with ${fleet.leases} leases`);
  sayWhatToTry(ready, brokers);
  const lasting = options.seconds === null ? new Promise(() => {}) : pause(options.seconds * 1_000);
  const interrupted = new Promise((resolve) =>
    asked.signal.addEventListener("abort", resolve, { once: true }),
  );
  await Promise.race([lasting, interrupted]);
}

function sayWhatToTry({ address, httpAddress }, brokers) {
  const portlease = `node ${join(...programFile.split("/"))}`;
  console.log(`
dashboard: http://${httpAddress}/

to try in another terminal, in this folder:
  ${portlease} fleet status --address ${address}
  ${portlease} fleet hosts --address ${address}
  ${portlease} fleet find orders --address ${address}
  ${portlease} fleet watch --address ${address}
  kill -9 ${brokers[0]?.child.pid}     (the broker of ${hosts[0]?.hostId}: silent within seconds, its leases STALE)

Ctrl+C ends everything.`);
}

try {
  await demo();
} catch (error) {
  if (!asked.signal.aborted) {
    console.error(`portlease: the demo did not go as it should: ${error.message}`);
    process.exitCode = 1;
  }
} finally {
  for (const children of [services, servers, etcds]) await children.endAll();
  rmSync(directory, { recursive: true, force: true });
}
// A fetch may keep its connection, a pause its timer.
process.exit();
