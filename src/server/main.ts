// The composition root: builds a broker from its configuration, starts it, and stops it in reverse order.
// Reads no arguments and no environment: the CLI's "serve" does.

import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import {
  type HostCapabilities,
  type HostPorts,
  listenOnLeased,
  openHostPorts,
  openLesseeSockets,
  openPrivateFolders,
  type PrivateFolders,
  readUnprivilegedPortStart,
} from "@portlease/native";
import { openAccess, watchCertificates, watchTokens } from "./access/open-access.js";
import type { AutoKind } from "./blocks/auto-kind.js";
import type { OwnPort } from "./blocks/reserve-own-port.js";
import type { BrokerConfig } from "./config/config.js";
import { parseListenAddress } from "./config/listen-address.js";
import type { EventSink } from "./domain/boundaries.js";
import type { PortBlock } from "./domain/port-block.js";
import type { ReservationKind } from "./domain/records.js";
import { DiscoveryFile } from "./endpoint/discovery-file.js";
import { type EndpointParts, listenForClients } from "./endpoint/listen.js";
import { resolveBySystem } from "./endpoint/literal-address.js";
import { localSocketPath } from "./endpoint/local-socket.js";
import { portExplainer } from "./explain/port-explainer.js";
import { adminService, type BrokerFacts } from "./grpc/admin-service.js";
import { Health } from "./grpc/health.js";
import { leaseService } from "./grpc/lease-service.js";
import type { ClaimProcess } from "./grpc/parse.js";
import { PeerConnections } from "./grpc/peer-connections.js";
import { GrpcServer } from "./grpc/server.js";
import { SessionRegistry } from "./grpc/session-registry.js";
import { WatchRegistry } from "./grpc/watch-registry.js";
import { Housekeeping, type Timed } from "./housekeeping.js";
import { logEvent } from "./log-events.js";
import type { Log } from "./log.js";
import { openCore, systemWorld } from "./open-core.js";
import { openMetrics } from "./open-metrics.js";
import { OpenedThings } from "./opened-things.js";
import type { MetricsText } from "./metrics/metric-registry.js";
import { PeerProcesses } from "./peer-processes.js";
import { dataDirectoryAt } from "./store/data-directory.js";
import { openPortserver } from "./portserver/open-portserver.js";
import { systemClock, systemRandom } from "./system-clock.js";
import { Transfers } from "./transfers.js";
import { version } from "./version.js";

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
  readonly host: string;
  /** Whether the addresses that are no local sockets speak TLS. */
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
  /** Requests that wait in line now. */
  waiterCount(): number;
  metrics(): Promise<MetricsText>;
}

/** Starts a broker. Rejects with StartError; nothing is left open then. */
export async function startBroker(config: BrokerConfig, log: Log): Promise<RunningBroker> {
  const opened = new OpenedThings();
  try {
    return await start(config, log, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(config: BrokerConfig, log: Log, opened: OpenedThings): Promise<RunningBroker> {
  const startedMonotonicMs = systemClock.monotonicMs();
  const health = new Health();
  const sessions = new SessionRegistry();
  const transfers = new Transfers(systemClock, systemRandom());
  const watches = new WatchRegistry(log, systemClock);
  const events = eventsTo(log, sessions, health, transfers);
  const hostPorts = openHostPorts();
  const world = systemWorld(config, hostPorts);
  const core = await openCore(config, log, world, { events, changes: watches }, opened);
  const { broker, clock, blocks, grower, autoKind, ownPort, liveLeases, history } = core;
  opened.add(() => transfers.closeAll());
  const { adminTokenPath } = dataDirectoryAt(config.dataDirectory);
  const facts = factsOf(config, hostPorts.capabilities(), autoKind, startedMonotonicMs);
  const connections = new PeerConnections();
  const processes = new PeerProcesses(hostPorts);
  const claimProcess: ClaimProcess = (peer, processId) =>
    processes.claim(connections.find(peer), processId);
  const lease = leaseService({
    broker,
    clock,
    claimProcess,
    transfers,
    sessions,
    watches,
    history,
    log,
  });
  const sources = { hostPorts, unprivilegedPortStart: readUnprivilegedPortStart };
  const explain = portExplainer(sources, broker, clock);
  const ranges = hostPorts;
  const admin = adminService({ broker, blocks, clock, facts, ranges, explain, history, log });
  const accessParts = { privateFolders: privateFoldersHere(), clock: systemClock, log };
  const access = openAccess(config, adminTokenPath, accessParts);
  const { gate, tls, files } = access;
  const { limits } = config;
  const server = new GrpcServer({ lease, admin, health }, connections, { gate, tls, limits }, log);
  opened.add(() => server.stop());
  watchTokens(config, adminTokenPath, files, () => server.checkCalls());
  watchCertificates(config, files, accessParts, (identity) => server.replaceCertificate(identity));
  const measured = { core, facts, server, sessions, watches, hostPorts };
  const metrics = openMetrics(measured, opened);
  const addresses = await listen(config, log, server, hostPorts, ownPort);
  opened.add(announce(config, log, addresses));
  const portserver = { broker, clock, hostPorts, log, platform: process.platform };
  const kept = await openPortserver(config, portserver, opened);
  const timed: readonly Timed[] = [broker, transfers, grower, watches, files];
  const housekeeping = new Housekeeping(kept === null ? timed : [...timed, kept]);
  opened.add(() => housekeeping.stop());
  clock.beginListening();
  housekeeping.start();

  return {
    address: addresses[0] ?? "",
    addresses,
    host: facts.host,
    secured: tls !== null,
    adminTokenFile: adminTokenPath,
    blocks: broker.pools.flatMap((pool) => pool.blocks.map(toRunningBlock)),
    portserver: config.portserver,
    revision: broker.revision,
    liveLeases,
    waiterCount: () => broker.waiterCount,
    metrics: () => metrics.text(),
    stop: (reason) => {
      health.setStopping();
      // Those who wait in line would keep the server from ending.
      broker.stopGranting();
      sessions.sayGoodbye(
        `the broker is stopping (${reason}); leases go on, reconnect when it is back`,
      );
      watches.stop();
      return opened.close();
    },
  };
}

/** Elsewhere mode bits say who may read a file. */
function privateFoldersHere(): PrivateFolders | null {
  return process.platform === "win32" ? openPrivateFolders() : null;
}

function listen(
  { listen: wanted, localSocket, dataDirectory, tls }: BrokerConfig,
  log: Log,
  server: GrpcServer,
  hostPorts: HostPorts,
  ownPort: OwnPort,
): Promise<readonly string[]> {
  const parts: EndpointParts = {
    server,
    bindLeased: (request) => openLesseeSockets().bindLeased(request),
    listenOnBound: listenOnLeased,
    excludedRanges: () => hostPorts.excludedRanges("tcp"),
    localSocketPath: localSocketPath(process.platform, dataDirectory),
    secured: tls !== null,
    resolve: resolveBySystem,
    pause,
    log,
  };
  return listenForClients(parts, { address: parseListenAddress(wanted), localSocket }, ownPort);
}

/** Writes the discovery file where one is wanted; returns how to take it away again. */
function announce(
  { discoveryFile, tls }: BrokerConfig,
  log: Log,
  addresses: readonly string[],
): () => void {
  if (discoveryFile === null) return () => undefined;
  const file = new DiscoveryFile(discoveryFile);
  try {
    const startTime = new Date(systemClock.wallMs()).toISOString();
    file.write({ version, addresses, tls: tls !== null, processId: process.pid, startTime });
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

function eventsTo(
  log: Log,
  sessions: SessionRegistry,
  health: Health,
  transfers: Transfers,
): EventSink {
  return {
    publish: (event) => {
      logEvent(log, event);
      sessions.publish(event);
      transfers.publish(event);
      if (event.type === "store_failed") health.setStoreWorks(false);
      if (event.type === "store_recovered") health.setStoreWorks(true);
    },
  };
}

function factsOf(
  config: BrokerConfig,
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
    limits: config.limits,
  };
}

function toRunningBlock({ record }: PortBlock): RunningBlock {
  const { pool, protocol, kind, ports } = record;
  return { pool, protocol, kind, ...ports };
}
