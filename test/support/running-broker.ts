// A whole broker inside the test's process: real sockets, a data directory of its own, and its log kept for the search for
// secrets.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { AuditLogConfig, BrokerConfig, PoolConfig } from "#server/config/config.js";
import { createLog } from "#server/log.js";
import { startBroker, type RunningBroker } from "#server/main.js";
import { plainLimits } from "./open-gate.js";
import { plainPool } from "./pool-config.js";
import { recordText } from "./test-output.js";

export interface TestBroker extends RunningBroker {
  readonly dataDirectory: string;
  /** Its log until now, one JSON document a line. */
  logged(): string;
  /** Stops the broker and removes its data. Idempotent. */
  dispose(): Promise<void>;
}

/** What a broker asks of its callers. */
export type TestAccess = Partial<
  Pick<
    BrokerConfig,
    | "listen"
    | "http"
    | "requireToken"
    | "tokens"
    | "tls"
    | "limits"
    | "localSocket"
    | "portserver"
    | "tracing"
    | "auditLog"
    | "fleet"
    | "auditEveryMs"
  >
>;

function plainAuditLog(dataDirectory: string): AuditLogConfig {
  return { file: join(dataDirectory, "audit.log"), bytesMax: 10_485_760, filesMax: 10 };
}

/** A pool of 16 TCP ports, with short times allowed and no quarantine. */
export async function startTestBroker(
  pool: Partial<PoolConfig> = {},
  access: TestAccess = {},
): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), "portlease-broker-"));
  // The broker makes it itself, and for nobody else: what Node makes is for everybody on Windows.
  const dataDirectory = join(folder, "data");
  const config: BrokerConfig = {
    listen: "127.0.0.1:0",
    http: { listen: "auto", allowedHosts: [] },
    localSocket: "auto",
    requireToken: false,
    tokens: [],
    tls: null,
    limits: plainLimits,
    fleet: null,
    tracing: "none",
    dataDirectory,
    discoveryFile: null,
    portserver: null,
    log: { level: "debug", format: "json" },
    auditLog: plainAuditLog(dataDirectory),
    auditEveryMs: 5_000,
    ...access,
    history: { changesMax: 100_000, ageMaxMs: 86_400_000 },
    pools: [
      {
        ...plainPool,
        size: 16,
        sizeMax: 16,
        ttlMinMs: 100,
        ttlMaxMs: 3_600_000,
        quarantineMs: 0,
        portCountMax: 8,
        ...pool,
      },
    ],
  };
  let logged = "";
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString();
      recordText(chunk.toString(), "broker-in-test");
      done();
    },
  });
  try {
    const broker = await startBroker(config, createLog(config.log, sink));
    return {
      ...broker,
      dataDirectory,
      logged: () => logged,
      dispose: async () => {
        await broker.stop("the test is over");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
