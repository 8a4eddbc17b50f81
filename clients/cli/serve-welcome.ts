// What `portlease serve` says when it is ready: what it owns, where it listens, and what to try next.

import type { RunningBroker } from "../../src/server/main.js";
import { defaultListen } from "../../src/server/config/listen-address.js";
import { version } from "../../src/server/version.js";

type ReadyBroker = Omit<RunningBroker, "stop">;

/** For programs that wait for the broker; printed on one line. */
export function readyJson(broker: ReadyBroker, dataDirectory: string): unknown {
  const {
    address,
    addresses,
    httpAddress,
    host,
    secured,
    adminTokenFile,
    revision,
    liveLeases,
    blocks,
  } = broker;
  const { portserver } = broker;
  const processId = process.pid;
  const counts = { revision, liveLeases };
  const at = { address, addresses, httpAddress, host, secured, adminTokenFile };
  return { ready: true, version, ...at, processId, dataDirectory, ...counts, portserver, blocks };
}

/** `npm start` runs the CLI from a checkout, where the shell does not know the command "portlease". */
function commandName(): string {
  return process.env["npm_lifecycle_event"] === undefined ? "portlease" : "npx portlease";
}

/** Some lines for people. */
export function welcomeText(
  broker: ReadyBroker,
  dataDirectory: string,
  command = commandName(),
): string {
  const [authority, curl] = broker.secured ? [" --ca-file CA", "-cacert CA"] : ["", "-plaintext"];
  const at = (broker.address === defaultListen ? "" : ` --address ${broker.address}`) + authority;
  const leases = broker.liveLeases === 1 ? "1 lease goes on" : `${broker.liveLeases} leases go on`;
  return [
    `portlease ${version} on ${broker.host}`,
    ...broker.blocks.map((block) => `  owns       ${blockText(block)}`),
    `  listens on ${broker.addresses.join(" and ")} (gRPC, with reflection)`,
    ...(broker.httpAddress === null ? [] : [dashboardText(broker.httpAddress, broker.secured)]),
    ...(broker.portserver === null ? [] : [portserverText(broker.portserver)]),
    `  keeps      its leases in ${dataDirectory}`,
    ...(broker.liveLeases === 0 ? [] : [`  continues  ${leases} from before`]),
    "",
    "Try next, in another terminal:",
    `  ${command} acquire${at} --service demo     lease a port for 30 seconds`,
    `  ${command} ls${at}                         see who has which port`,
    `  grpcurl ${curl} ${broker.address} portlease.v1.AdminService/GetBroker`,
    "",
    "Ctrl+C stops the broker; leases stay on disk and go on when it is back.",
  ].join("\n");
}

function dashboardText(address: string, secured: boolean): string {
  return `  shows      its dashboard on ${secured ? "https" : "http"}://${address}/`;
}

function portserverText(address: string): string {
  return `  gives      ports to test suites with PORTSERVER_ADDRESS=${address}`;
}

function blockText(block: RunningBroker["blocks"][number]): string {
  const count = block.lastPort - block.firstPort + 1;
  const protocol = block.protocol.toUpperCase();
  const ports = count === 1 ? `${protocol} port` : `${protocol} ports`;
  return `${count} ${ports} ${block.firstPort}-${block.lastPort} (pool ${block.pool}, ${block.kind})`;
}
