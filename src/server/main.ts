// The composition root: builds a broker from its configuration, starts it, and stops it in reverse order.
// Reads no arguments and no environment: the CLI's "serve" does.

import { hostname } from "node:os";
import { type HostCapabilities, openHostPorts, openPrivateFolders } from "@portlease/native";
import { type AuditTrailWorld, openAuditTrail } from "./audit-trail/open-audit-trail.js";
import { type AuditTrail, noAuditTrail } from "./audit-trail/audit-trail.js";
import { Access, type AccessParts } from "./access/access.js";
import { apiServices } from "./api-services.js";
import type { AutoKind } from "./blocks/auto-kind.js";
import type { BrokerConfig } from "./config/config.js";
import type { Broker } from "./domain/broker.js";
import { followedByAll } from "./domain/followed-store.js";
import type { PortBlock } from "./domain/port-block.js";
import type { ReservationKind } from "./domain/records.js";
import type { ConfigCalls } from "./grpc/config-calls.js";
import { LaterFollower } from "./fleet/later-follower.js";
import { DiscoveryFile } from "./endpoint/discovery-file.js";
import type { BrokerFacts, Whereabouts } from "./grpc/admin-service.js";
import { brokerHealth, Health } from "./grpc/health.js";
import { type LiveView, openLiveView } from "./grpc/open-live-view.js";
import { PeerConnections } from "./grpc/peer-connections.js";
import { SessionRegistry } from "./grpc/session-registry.js";
import { WatchRegistry } from "./grpc/watch-registry.js";
import { Housekeeping, type Timed } from "./housekeeping.js";
import { LiveEvents } from "./live/live-events.js";
import { eventsTo } from "./events-to.js";
import type { Log } from "./log.js";
import { openCore, systemWorld } from "./open-core.js";
import { openReloads, type StartOrigin } from "./open-reloads.js";
import type { ReloadReport } from "./reload/reloader.js";
import { openMetrics } from "./open-metrics.js";
import { openAllOrNothing, type OpenedThings } from "./opened-things.js";
import type { MetricsText } from "./metrics/metric-registry.js";
import { type JoinedFleet, joinFleet } from "./join-fleet.js";
import { PeerProcesses } from "./peer-processes.js";
import { dataDirectoryAt } from "./store/data-directory.js";
import { openPortserver } from "./portserver/open-portserver.js";
import { brokerKind } from "./server-kind.js";
import { Servers } from "./servers.js";
import { systemClock, systemRandom } from "./system-clock.js";
import { openTracing } from "./tracing/open-tracing.js";
import { Transfers } from "./transfers.js";
import { version } from "./version.js";

export type { StartOrigin } from "./open-reloads.js";
export { StartError, type StartErrorCode } from "./start-error.js";

export interface RunningBlock {
  readonly pool: string;
  readonly protocol: string;
  readonly kind: ReservationKind;
  readonly firstPort: number;
  readonly lastPort: number;
}

export interface RunningBroker {
  /** What clients on this host should use: host:port. */
  readonly address: string;
  /** Everything that it listens on, the best first: host:port, or unix: and a path. */
  readonly addresses: readonly string[];
  /** Where the dashboard and HTTP are: host:port; `null`: nowhere. */
  readonly httpAddress: string | null;
  readonly host: string;
  /** Whether the addresses that are no local sockets speak TLS; that of HTTP does, too, then. */
  readonly secured: boolean;
  /** The file with the token of whoever administers this broker. */
  readonly adminTokenFile: string;
  readonly blocks: readonly RunningBlock[];
  /** What PORTSERVER_ADDRESS is to be for test suites on this host; `null`: no portserver is served. */
  readonly portserver: string | null;
  readonly revision: number;
  /** Leases that came back from before the start. */
  readonly liveLeases: number;
  /** Refuses new calls, finishes what is under way, gives the blocks back. Leases stay on disk. Idempotent. */
  stop(reason: string): Promise<void>;
  /** Reads the configuration again, for `by`; see Reloader.reload. Rejects with BrokerError field_invalid, and nothing has changed. */
  reload(by: string): Promise<ReloadReport>;
  /** Requests that wait in line now. */
  waiterCount(): number;
  metrics(): Promise<MetricsText>;
}

/** Where nobody says how the configuration is read again: a reload reads files of tokens and certificates only. */
function fixedOrigin(config: BrokerConfig): StartOrigin {
  const sources: StartOrigin["sources"] = new Map();
  return { sources, load: () => ({ config, sources }), configureLog: () => undefined };
}

/** Starts a broker; `origin` says how to read its configuration again. Rejects with StartError; nothing is left open then. */
export function startBroker(
  config: BrokerConfig,
  log: Log,
  origin: StartOrigin = fixedOrigin(config),
): Promise<RunningBroker> {
  return openAllOrNothing((opened) => start(config, log, origin, opened));
}

async function start(
  config: BrokerConfig,
  log: Log,
  origin: StartOrigin,
  opened: OpenedThings,
): Promise<RunningBroker> {
  const startedMonotonicMs = systemClock.monotonicMs();
  const health = new Health(brokerHealth);
  const sessions = new SessionRegistry();
  const transfers = new Transfers(systemClock, systemRandom());
  const watches = new WatchRegistry(log, systemClock);
  const liveEvents = new LiveEvents(systemClock);
  const events = eventsTo(log, sessions, health, transfers, liveEvents);
  const hostPorts = openHostPorts();
  const world = systemWorld(config, hostPorts);
  const fleetFollower = new LaterFollower();
  const changes = followedByAll([watches, liveEvents, fleetFollower]);
  const core = await openCore(config, log, world, { events, changes }, opened);
  const { broker, clock, blocks, grower, autoKind, ownPorts, liveLeases } = core;
  opened.add(() => transfers.closeAll());
  const { adminTokenPath } = dataDirectoryAt(config.dataDirectory);
  // Nobody asks before it listens.
  const configNow = (): BrokerConfig => reloads.config();
  const facts = factsOf(config, configNow, hostPorts.capabilities(), autoKind, startedMonotonicMs);
  const connections = new PeerConnections();
  const whereabouts = (): Whereabouts => whereaboutsOf(servers, audit, fleet);
  const fleetParts = { core, facts, config, configNow, whereabouts, log };
  const fleet = await joinFleet(fleetParts, fleetFollower, opened);
  const processes = new PeerProcesses(hostPorts);
  const auditWorld = { ...auditFacts(broker), connections, processes, log };
  const audit = await openAuditTrail(config.auditLog, auditWorld, opened);
  const trail = audit ?? noAuditTrail;
  const shown = { broker, blocks, clock, facts, whereabouts, log };
  const view = openLiveView({ ...shown, realClock: systemClock, events: liveEvents });
  const configuration = configurationOf(() => reloads);
  const doors = { transfers, sessions, watches, facts, whereabouts, view, configuration };
  const services = apiServices(core, { hostPorts, connections, processes, ...doors }, log);
  const access = new Access(config, adminTokenPath, accessPartsFor(trail, log));
  const { gate, identity: tls, files } = access;
  const text = (): Promise<MetricsText> => metrics.text();
  const tracing = await openTracing(config.tracing, facts, opened);
  const served = { kind: brokerKind, services, health, connections, hostPorts, log };
  const guards = { gate, tls, trail, tracing, pages: new Map([["/metrics", text]]) };
  const servers = new Servers(config, { ...served, ...guards });
  opened.add(() => servers.stop());
  access.watchFor(servers, config);
  const reloads = openReloads(config, origin, { core, access, servers, audit, trail, log });
  const fleetPublisher = () => fleet?.stats ?? null;
  const measured = { core, facts, server: servers, sessions, watches, hostPorts, fleetPublisher };
  const metrics = openMetrics(measured, opened);
  await servers.listen(ownPorts);
  const { addresses, httpAddress } = servers;
  opened.add(announce(config, log, servers));
  const portserver = { broker, clock, hostPorts, log, platform: process.platform };
  const kept = await openPortserver(config, portserver, opened);
  const views = [view.live, view.usage];
  const timed = [broker, transfers, grower, watches, ...views, files, audit, kept, fleet];
  clock.beginListening();
  keepHouse(timed, opened);

  return {
    address: addresses[0] ?? "",
    addresses,
    httpAddress,
    host: facts.host,
    secured: tls !== null,
    adminTokenFile: adminTokenPath,
    blocks: broker.pools.flatMap((pool) => pool.blocks.map(toRunningBlock)),
    portserver: config.portserver,
    revision: broker.revision,
    liveLeases,
    reload: (by) => reloads.reload(false, by),
    waiterCount: () => broker.waiterCount,
    metrics: () => metrics.text(),
    stop: stopper({ health, broker, sessions, watches, live: view.live, trail }, opened),
  };
}

function whereaboutsOf(
  { addresses, httpUrl }: Servers,
  audit: { readonly problem: string | null } | null,
  fleet: JoinedFleet | null,
): Whereabouts {
  const auditLogProblem = audit?.problem ?? null;
  const fleetProblem = fleet?.problem ?? null;
  return { addresses, dashboardUrl: httpUrl ?? "", auditLogProblem, fleetProblem };
}

function auditFacts(
  broker: Pick<Broker, "revision">,
): Pick<AuditTrailWorld, "clock" | "started" | "revision" | "version"> {
  const revision = (): number => broker.revision;
  return { clock: systemClock, started: "broker_started", revision, version };
}

function keepHouse(timed: readonly (Timed | null)[], opened: OpenedThings): void {
  const housekeeping = new Housekeeping(timed.filter((part) => part !== null));
  opened.add(() => housekeeping.stop());
  housekeeping.start();
}

/** `reloads` is opened later than the services, and before anybody can ask. */
function configurationOf(reloads: () => ConfigCalls): ConfigCalls {
  return {
    effective: () => reloads().effective(),
    reload: (validateOnly, by) => reloads().reload(validateOnly, by),
  };
}

interface StoppedParts {
  readonly health: Health;
  readonly broker: Broker;
  readonly sessions: SessionRegistry;
  readonly watches: WatchRegistry;
  readonly live: LiveView["live"];
  readonly trail: AuditTrail;
}

function stopper(
  { health, broker, sessions, watches, live, trail }: StoppedParts,
  opened: OpenedThings,
): RunningBroker["stop"] {
  return (reason) => {
    health.setStopping("the broker is stopping");
    // Those who wait in line would keep the server from ending.
    broker.stopGranting();
    sessions.sayGoodbye(
      `the broker is stopping (${reason}); leases go on, reconnect when it is back`,
    );
    watches.stop();
    live.stop();
    trail.deed({ what: "broker_stopped", detail: reason });
    return opened.close();
  };
}

function accessPartsFor(trail: AuditTrail, log: Log): AccessParts {
  return {
    // Elsewhere mode bits say who may read a file.
    privateFolders: process.platform === "win32" ? openPrivateFolders() : null,
    clock: systemClock,
    tell: (change) => trail.deed(change),
    server: brokerKind.name,
    log,
  };
}

/** Writes the discovery file where one is wanted; returns how to take it away again. */
function announce(
  { discoveryFile, tls }: BrokerConfig,
  log: Log,
  { addresses, httpUrl }: Servers,
): () => void {
  if (discoveryFile === null) return () => undefined;
  const file = new DiscoveryFile(discoveryFile);
  try {
    const startTime = new Date(systemClock.wallMs()).toISOString();
    file.write({
      version,
      addresses,
      tls: tls !== null,
      http: httpUrl,
      processId: process.pid,
      startTime,
    });
  } catch (error) {
    // Clients that are told the address do without it.
    log.warn("the discovery file cannot be written", { path: discoveryFile, error });
  }
  return () => {
    try {
      file.remove();
    } catch (error) {
      // Its process id says that nobody is there any more.
      log.warn("the discovery file cannot be removed", { path: discoveryFile, error });
    }
  };
}

function factsOf(
  config: BrokerConfig,
  configNow: () => BrokerConfig,
  capabilities: HostCapabilities,
  autoKind: AutoKind,
  startedMonotonicMs: number,
): BrokerFacts {
  const { platform, elevated } = capabilities;
  return {
    version,
    host: hostname(),
    platform,
    elevated,
    autoKind,
    processId: process.pid,
    startedWallMs: systemClock.wallMs(),
    startedMonotonicMs,
    dataDirectory: config.dataDirectory,
    get limits() {
      return configNow().limits;
    },
  };
}

function toRunningBlock({ record }: PortBlock): RunningBlock {
  const { pool, protocol, kind, ports } = record;
  return { pool, protocol, kind, ...ports };
}
