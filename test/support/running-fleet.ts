// A whole fleet server inside the test's process: real sockets, a data directory of its own, and its log kept for the search for
// secrets.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { FleetServerConfig, FleetSourceConfig } from "#fleet/config/fleet-config.js";
import { type RunningFleetServer, startFleetServer } from "#fleet/main.js";
import { createLog } from "#server/log.js";
import { plainLimits } from "./open-gate.js";
import { recordText } from "./test-output.js";

export interface TestFleet extends RunningFleetServer {
  readonly dataDirectory: string;
  /** Its log until now, one JSON document a line. */
  logged(): string;
  /** Stops the fleet server and removes its data. Idempotent. */
  dispose(): Promise<void>;
}

/** The etcd at this endpoint, in clear text. `prefix`: as "/elsewhere", where it is not the usual one. */
export function etcdSource(endpoint: string, prefix = ""): FleetSourceConfig {
  const access = { user: null, passwordFile: null, caFile: null, certFile: null, keyFile: null };
  return { kind: "etcd", etcd: { url: `etcd://${endpoint}${prefix}`, ...access } };
}

/** These brokers, in clear text. */
export function brokersSource(...addresses: readonly string[]): FleetSourceConfig {
  const access = { caFile: null, certFile: null, keyFile: null, tokenFile: null };
  return { kind: "brokers", addresses, access };
}

/** On ports that the operating system picks, and open to this host, unless `changed` says otherwise. */
export async function startTestFleet(
  source: FleetSourceConfig,
  changed: Partial<FleetServerConfig> = {},
): Promise<TestFleet> {
  const folder = mkdtempSync(join(tmpdir(), "portlease-fleet-"));
  // The fleet server makes it itself, and for nobody else.
  const dataDirectory = join(folder, "data");
  const config: FleetServerConfig = {
    source,
    retentionMs: null,
    listen: "127.0.0.1:0",
    http: { listen: "auto", allowedHosts: [] },
    requireToken: false,
    tokens: [],
    tls: null,
    limits: plainLimits,
    dataDirectory,
    log: { level: "debug", format: "json" },
    auditLog: { file: join(dataDirectory, "audit.log"), bytesMax: 10_485_760, filesMax: 10 },
    tracing: "none",
    ...changed,
  };
  let logged = "";
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString();
      recordText(chunk.toString(), "fleet-server-in-test");
      done();
    },
  });
  try {
    const fleet = await startFleetServer(config, createLog(config.log, sink));
    return {
      ...fleet,
      dataDirectory,
      logged: () => logged,
      dispose: async () => {
        await fleet.stop("the test is over");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
