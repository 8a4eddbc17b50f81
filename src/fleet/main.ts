// The composition root of the fleet server: builds it from its configuration, starts it, and stops it in reverse order. It keeps
// nothing of the fleet, so that several may run side by side. Reads no arguments and no environment: the CLI's "fleet" does.

import { hostname } from "node:os";
import { type HostPorts, openHostPorts, openPrivateFolders } from "@portlease/native";
import { Access } from "../server/access/access.js";
import { noAuditTrail } from "../server/audit-trail/audit-trail.js";
import { openAuditTrail } from "../server/audit-trail/open-audit-trail.js";
import type { LogConfig } from "../server/config/config.js";
import { Health } from "../server/grpc/health.js";
import { PeerConnections } from "../server/grpc/peer-connections.js";
import type { PageText } from "../server/http/page.js";
import { Housekeeping, type Timed } from "../server/housekeeping.js";
import type { Log } from "../server/log.js";
import { openAllOrNothing, type OpenedThings } from "../server/opened-things.js";
import { PeerProcesses } from "../server/peer-processes.js";
import { Servers } from "../server/servers.js";
import { systemClock } from "../server/system-clock.js";
import { openTracing } from "../server/tracing/open-tracing.js";
import { version } from "../server/version.js";
import { httpSdPage } from "./api/http-sd-page.js";
import type { FleetServerConfig } from "./config/fleet-config.js";
import type { LoadedFleetConfig } from "./config/load-fleet-config.js";
import { FleetMetrics } from "./metrics/fleet-metrics.js";
import { FleetReload } from "./parts/fleet-reload.js";
import { fleetServerHealth, fleetServerKind } from "./parts/fleet-server-kind.js";
import { openFleet } from "./parts/open-fleet.js";
import { notSeenYet, Readiness } from "./parts/readiness.js";
import { takeDataDirectory } from "./parts/take-data-directory.js";
import type { FleetSource } from "./sources/fleet-source.js";

export { StartError, type StartErrorCode } from "../server/start-error.js";

export interface RunningFleetServer {
  /** What clients on this host should use: host:port. */
  readonly address: string;
  /** Where the dashboard and HTTP are: host:port; `null`: nowhere. */
  readonly httpAddress: string | null;
  /** Whether both speak TLS. */
  readonly secured: boolean;
  /** The file with the token of whoever administers this fleet server. */
  readonly adminTokenFile: string;
  readonly source: Pick<FleetSource, "kind" | "addresses">;
  /** Refuses new calls, finishes what is under way, and leaves its source. Idempotent. */
  stop(reason: string): Promise<void>;
  /** Reads the configuration again, for `by`; see FleetReload. Rejects with ConfigError or StartError, and nothing has changed. */
  reload(by: string): Promise<void>;
  metrics(): Promise<PageText>;
}

/** How the configuration is read again. */
export interface FleetOrigin {
  /** Throws ConfigError. */
  readonly load: () => Pick<LoadedFleetConfig, "config">;
  /** Other lines, or other ones left out, from now on. */
  readonly configureLog: (log: LogConfig) => void;
}

/** Where nobody says how: a reload reads files of tokens and certificates only. */
function fixedOrigin(config: FleetServerConfig): FleetOrigin {
  return { load: () => ({ config }), configureLog: () => undefined };
}

/** Rejects with StartError; nothing is left open then. A source that cannot be reached is no reason: it is told, and tried again. */
export function startFleetServer(
  config: FleetServerConfig,
  log: Log,
  origin: FleetOrigin = fixedOrigin(config),
): Promise<RunningFleetServer> {
  return openAllOrNothing((opened) => start(config, log, origin, opened));
}

async function start(
  config: FleetServerConfig,
  log: Log,
  origin: FleetOrigin,
  opened: OpenedThings,
): Promise<RunningFleetServer> {
  const facts = {
    version,
    host: hostname(),
    platform: process.platform,
    startedWallMs: systemClock.wallMs(),
  };
  // Elsewhere mode bits say who may read a file.
  const privateFolders = process.platform === "win32" ? openPrivateFolders() : null;
  const directory = await takeDataDirectory(config.dataDirectory, privateFolders, log, opened);
  const { adminTokenPath } = directory;
  const health = new Health(fleetServerHealth, notSeenYet);
  const connections = new PeerConnections();
  const hostPorts = openHostPorts();
  const audit = await openFleetAuditTrail(config, { connections, hostPorts, log }, opened);
  const trail = audit ?? noAuditTrail;
  const fleet = openFleet(config, log, opened);
  const { view, source, watches } = fleet;
  const access = new Access(config, adminTokenPath, {
    privateFolders,
    clock: systemClock,
    tell: (change) => trail.deed(change),
    server: fleetServerKind.name,
    log,
  });
  const { gate, identity: tls, files } = access;
  const tracing = await openTracing(config.tracing, facts, opened);
  const text = (): Promise<PageText> => metrics.text();
  const pages = new Map([
    ["/metrics", text],
    ["/http_sd", httpSdPage(view, systemClock)],
  ]);
  const served = { kind: fleetServerKind, services: [fleet.service], pages, health, connections };
  const guards = { gate, tls, trail, tracing, hostPorts, log };
  const servers: Servers = new Servers({ ...config, localSocket: "off" }, { ...served, ...guards });
  opened.add(() => servers.stop());
  access.watchFor(servers, config);
  const metrics = new FleetMetrics({
    facts,
    view,
    source,
    calls: servers.counters,
    connectionCount: () => servers.connectionCount,
    watcherCount: () => watches.size,
    tls: () => servers.identity,
  });
  opened.add(() => metrics.close());
  const reloads = new FleetReload(config, { ...origin, access, servers, trail, log });
  await servers.listen(new Map());
  fleet.start();
  keepHouse([watches, new Readiness(source, health, log), files, audit], opened);
  return {
    address: servers.addresses[0] ?? "",
    httpAddress: servers.httpAddress,
    secured: tls !== null,
    adminTokenFile: adminTokenPath,
    source,
    metrics: text,
    reload: async (by) => reloads.reload(by),
    stop: (reason) => {
      health.setStopping("the fleet server is stopping");
      watches.stop();
      trail.deed({ what: "fleet_server_stopped", detail: reason });
      return opened.close();
    },
  };
}

interface AuditParts {
  readonly connections: PeerConnections;
  readonly hostPorts: HostPorts;
  readonly log: Log;
}

function openFleetAuditTrail(
  { auditLog }: FleetServerConfig,
  { connections, hostPorts, log }: AuditParts,
  opened: OpenedThings,
): ReturnType<typeof openAuditTrail> {
  const processes = new PeerProcesses(hostPorts);
  const world = { clock: systemClock, connections, processes, version, log };
  return openAuditTrail(
    auditLog,
    { ...world, started: "fleet_server_started", revision: null },
    opened,
  );
}

function keepHouse(timed: readonly (Timed | null)[], opened: OpenedThings): void {
  const housekeeping = new Housekeeping(timed.filter((part) => part !== null));
  opened.add(() => housekeeping.stop());
  housekeeping.start();
}
