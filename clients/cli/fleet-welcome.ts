// What `portlease fleet` says when it is ready: where the fleet is heard, where it listens, and what to try next.

import type { RunningFleetServer } from "../../src/fleet/main.js";
import { version } from "../../src/server/version.js";
import { fleetAddress } from "./fleet-location.js";

type ReadyFleetServer = Omit<RunningFleetServer, "stop">;

/** For programs that wait for the fleet server; printed on one line. */
export function fleetReadyJson(server: ReadyFleetServer, dataDirectory: string): unknown {
  const { address, httpAddress, secured, adminTokenFile, source } = server;
  const { kind, addresses } = source;
  const at = { address, httpAddress, secured, adminTokenFile };
  const from = { kind, addresses };
  return { ready: true, version, ...at, processId: process.pid, dataDirectory, source: from };
}

/** Some lines for people. */
export function fleetWelcomeText({
  address,
  httpAddress,
  secured,
  source,
}: ReadyFleetServer): string {
  const [authority, curl] = secured ? [" --ca-file CA", "-cacert CA"] : ["", "-plaintext"];
  const at = (address === fleetAddress ? "" : ` --address ${address}`) + authority;
  const { kind, addresses } = source;
  const from = kind === "etcd" ? "what brokers publish to etcd at" : "the brokers";
  return [
    `portlease ${version}, fleet server`,
    `  listens on ${address} (gRPC, with reflection)`,
    ...(httpAddress === null
      ? []
      : [`  shows      the fleet on ${secured ? "https" : "http"}://${httpAddress}/`]),
    `  hears      ${addresses.length === 0 ? "the brokers of its list" : `${from} ${addresses.join(", ")}`}`,
    "",
    "Try next, in another terminal:",
    `  portlease fleet status${at}      is everything well, everywhere?`,
    `  portlease fleet find demo${at}   where a service runs, and on which ports`,
    `  grpcurl ${curl} ${address} portlease.v1.FleetService/GetFleet`,
    "",
    "Ctrl+C stops the fleet server; brokers and leases do not need it.",
  ].join("\n");
}
