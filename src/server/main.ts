// The composition root: builds a broker from its configuration, starts it, and stops it in reverse order.
// Reads no arguments and no environment: the CLI's "serve" does.

import { hostname } from "node:os";
import {
  type HostCapabilities,
  type HostPorts,
  openHostPorts,
  readUnprivilegedPortStart,
} from "@portlease/native";
import { blockReserver } from "./block-reservation.js";
import { type BlockOpener, openPools } from "./blocks.js";
import type { BrokerConfig } from "./config/config.js";
import { parseListenAddress } from "./config/listen-address.js";
import type { EventSink } from "./domain/boundaries.js";
import { Broker } from "./domain/broker.js";
import type { PortBlock } from "./domain/port-block.js";
import type { EndedLeaseRecord, ReservationKind, StoredState } from "./domain/records.js";
import { portExplainer } from "./explain/port-explainer.js";
import { adminService, type BrokerFacts } from "./grpc/admin-service.js";
import { Health } from "./grpc/health.js";
import { leaseService } from "./grpc/lease-service.js";
import type { IdentifyProcess } from "./grpc/parse.js";
import { GrpcServer } from "./grpc/server.js";
import { SessionRegistry } from "./grpc/session-registry.js";
import { holderKeys } from "./holder-keys.js";
import { Housekeeping } from "./housekeeping.js";
import { logEvent } from "./log-events.js";
import type { Log } from "./log.js";
import { StartError } from "./start-error.js";
import { openSqliteStore, type SqliteStore } from "./store/sqlite-store.js";
import { systemClock, systemRandom } from "./system-clock.js";
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
  /** host:port that it listens on. */
  readonly address: string;
  readonly host: string;
  readonly blocks: readonly RunningBlock[];
  readonly revision: number;
  /** Leases that came back from before the start. */
  readonly liveLeases: number;
  /** Refuses new calls, finishes what is under way, gives the blocks back. Leases stay on disk. Idempotent. */
  stop(reason: string): Promise<void>;
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
  const events = eventsTo(log, sessions, health);
  const hostPorts = openHostPorts();
  const { broker, state } = await openCore(config, log, hostPorts, events, opened);
  const housekeeping = new Housekeeping(broker);
  opened.add(() => housekeeping.stop());

  const facts = factsOf(config, hostPorts.capabilities(), startedMonotonicMs);
  const identifyProcess: IdentifyProcess = (processId) => hostPorts.identifyProcess(processId);
  const lease = leaseService({ broker, clock: systemClock, identifyProcess, sessions, log });
  const sources = { hostPorts, unprivilegedPortStart: readUnprivilegedPortStart };
  const explain = portExplainer(sources, broker, systemClock);
  const admin = adminService(broker, systemClock, facts, explain, log);
  const server = new GrpcServer({ lease, admin, health }, log);
  const address = await server.listen(parseListenAddress(config.listen));
  opened.add(() => server.stop());
  housekeeping.start();

  return {
    address,
    host: facts.host,
    blocks: broker.pools.flatMap((pool) => pool.blocks.map(toRunningBlock)),
    revision: broker.revision,
    liveLeases: state.leases.length,
    stop: (reason) => {
      health.setServing(false);
      sessions.sayGoodbye(
        `the broker is stopping (${reason}); leases go on, reconnect when it is back`,
      );
      return opened.close();
    },
  };
}

/** Store, blocks and lease core, in that order: what is on disk decides which blocks come back. */
async function openCore(
  config: BrokerConfig,
  log: Log,
  hostPorts: HostPorts,
  events: EventSink,
  opened: OpenedThings,
): Promise<{ readonly broker: Broker; readonly state: StoredState }> {
  const clock = systemClock;
  const store = await openStore(config.dataDirectory, log);
  opened.add(() => store.close());
  const loaded = await store.load().catch(cannotOpenStore);
  const recentEnds = await readRecentEnds(store, loaded.revision).catch(cannotOpenStore);
  const state = { ...loaded, recentEnds };
  const { autoKind } = hostPorts.capabilities();
  const onReserved: BlockOpener["onReserved"] = (block) => opened.add(() => block.release());
  const opener = { reserver: blockReserver(hostPorts), autoKind, clock, events, log, onReserved };
  const { pools, changedBlocks, removedBlocks } = await openPools(opener, config.pools, state);
  const keys = holderKeys(state.brokerSecret);
  const random = systemRandom();
  const broker = new Broker({ clock, random, keys, store, events }, state, pools);
  opened.add(() => broker.stop());
  for (const blockId of removedBlocks) await broker.forgetBlock(blockId).catch(cannotOpenStore);
  for (const block of changedBlocks) await broker.recordBlock(block).catch(cannotOpenStore);
  return { broker, state };
}

/** As many ends as can matter: more within one quarantine would be more than a busy host makes, and the OS is asked anyway. */
const recentChangesMax = 10_000;

async function readRecentEnds(
  store: SqliteStore,
  revision: number,
): Promise<readonly EndedLeaseRecord[]> {
  const { changes } = await store.readChanges(revision - recentChangesMax, recentChangesMax);
  return changes.flatMap(({ change }) => (change.type === "lease_ended" ? [change.ended] : []));
}

/** What was opened, closed in reverse order, once. */
class OpenedThings {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | null = null;

  add(closer: () => Promise<void> | void): void {
    this.#closers.push(closer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const closer of this.#closers.toReversed()) {
      try {
        await closer();
      } catch (error) {
        // The rest is closed all the same: the lock on the data directory is among it.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

function eventsTo(log: Log, sessions: SessionRegistry, health: Health): EventSink {
  return {
    publish: (event) => {
      logEvent(log, event);
      sessions.publish(event);
      if (event.type === "store_failed") health.setServing(false);
      if (event.type === "store_recovered") health.setServing(true);
    },
  };
}

function factsOf(
  config: BrokerConfig,
  capabilities: HostCapabilities,
  startedMonotonicMs: number,
): BrokerFacts {
  const { platform, elevated, autoKind, autoKindReason } = capabilities;
  return {
    version,
    host: hostname(),
    platform,
    elevated,
    autoKind,
    autoKindReason,
    processId: process.pid,
    startedWallMs: systemClock.wallMs(),
    startedMonotonicMs,
    dataDirectory: config.dataDirectory,
  };
}

function toRunningBlock({ record }: PortBlock): RunningBlock {
  const { pool, protocol, kind, ports } = record;
  return { pool, protocol, kind, ...ports };
}

async function openStore(directory: string, log: Log): ReturnType<typeof openSqliteStore> {
  const store = await openSqliteStore({ directory, wallClock: systemClock }).catch(cannotOpenStore);
  for (const warning of store.warnings) log.warn("the store opened with a warning", { warning });
  return store;
}

function cannotOpenStore(error: unknown): never {
  if (error instanceof Error) throw new StartError("CANNOT_OPEN_STORE", error.message, error);
  throw error;
}
