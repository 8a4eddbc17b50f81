// Opens store, blocks and lease core, in that order: what is on disk decides which blocks come back. What the core knows of the
// world (disk, host, time, randomness) comes in, so that the simulation opens the very same core on a world of its own.

import { setImmediate as nextTurn } from "node:timers/promises";
import { type HostPorts, openPrivateFolders } from "@portlease/native";
import { HostProcesses, processWatchesMax } from "./audit/holder-processes.js";
import { HostWitness } from "./audit/host-witness.js";
import { AutoKind } from "./blocks/auto-kind.js";
import { BlockMaker } from "./blocks/block-maker.js";
import { BlockManager } from "./blocks/block-manager.js";
import { blockReserver } from "./blocks/block-reserver.js";
import { StrangerSearch } from "./blocks/find-stranger.js";
import { LastingReservations } from "./blocks/lasting-reservations.js";
import { OpenReservations } from "./blocks/open-reservations.js";
import { openPools } from "./blocks/open-pools.js";
import { PoolGrower } from "./blocks/pool-grower.js";
import { readRecentEnds } from "./blocks/recent-ends.js";
import { type OwnPort, type OwnPortsStart, reserveOwnPorts } from "./blocks/reserve-own-ports.js";
import { StartLedger } from "./blocks/start-ledger.js";
import type { BrokerConfig, HistoryConfig } from "./config/config.js";
import { httpWish } from "./config/http-settings.js";
import { parseListenAddress } from "./config/listen-address.js";
import type { Clock, EndOfTurn, EventSink, Random } from "./domain/boundaries.js";
import { Broker } from "./domain/broker.js";
import { LeaseClock } from "./domain/lease-clock.js";
import { type ChangeFollower, FollowedStore } from "./domain/followed-store.js";
import type { LeaseHistory } from "./domain/lease-history.js";
import { QuietHistory } from "./domain/quiet-history.js";
import { brokerIdOf } from "./fleet/broker-id.js";
import { holderKeys } from "./holder-keys.js";
import type { Log } from "./log.js";
import type { OpenedThings } from "./opened-things.js";
import { isKept } from "./portserver/kept-leases.js";
import { StartError } from "./start-error.js";
import { openSqliteStore, type SqliteStore } from "./store/sqlite-store.js";
import { endOfTurn, systemClock, systemRandom } from "./system-clock.js";

export interface OpenCore {
  readonly broker: Broker;
  /** See brokerIdOf. */
  readonly brokerId: string;
  /** The broker's; it stands still until somebody can call. */
  readonly clock: LeaseClock;
  readonly blocks: BlockManager;
  readonly maker: BlockMaker;
  readonly grower: PoolGrower;
  readonly autoKind: AutoKind;
  /** How the broker is to listen, by port; on ports that are not in it as any server does. */
  readonly ownPorts: ReadonlyMap<number, OwnPort>;
  /** Leases that came back from before the start. */
  readonly liveLeases: number;
  readonly history: LeaseHistory;
  /** How much of the history is kept from now on. Rejects with StoreError. */
  readonly keepHistory: (history: HistoryConfig) => Promise<void>;
  /** How long all of this took. */
  readonly replayMs: number;
}

/** Who hears what happens. */
export interface CoreListeners {
  readonly events: EventSink;
  readonly changes: ChangeFollower;
}

/** What the core asks of its store. */
export type CoreStore = Pick<
  SqliteStore,
  "load" | "commit" | "probe" | "close" | "readChanges" | "searchChanges" | "retain" | "warnings"
>;

/** Where the core runs. */
export interface CoreWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly hostPorts: HostPorts;
  readonly endOfTurn: EndOfTurn;
  /** Takes and reads the data directory. Rejects with StoreError. */
  readonly openStore: () => Promise<CoreStore>;
}

/** This process on this host. */
export function systemWorld(config: BrokerConfig, hostPorts: HostPorts): CoreWorld {
  const privateFolders = process.platform === "win32" ? openPrivateFolders() : null;
  const { dataDirectory: directory, history } = config;
  const options = {
    directory,
    privateFolders,
    wallClock: systemClock,
    ...retentionOf(history),
  };
  return {
    clock: systemClock,
    random: systemRandom(),
    hostPorts,
    endOfTurn,
    openStore: () => openSqliteStore(options),
  };
}

export async function openCore(
  config: BrokerConfig,
  log: Log,
  world: CoreWorld,
  { events, changes }: CoreListeners,
  opened: OpenedThings,
): Promise<OpenCore> {
  const { random, hostPorts } = world;
  const beganMs = world.clock.monotonicMs();
  const clock = new LeaseClock(world.clock, (gapMs) => events.publish({ type: "stalled", gapMs }));
  const kept = await openStore(world, log);
  const store = new FollowedStore(kept, changes);
  opened.add(() => store.close());
  const loaded = await store.load().catch(cannotOpenStore);
  const recentEnds = await readRecentEnds(kept, {
    revision: loaded.revision,
    nowWallMs: clock.wallMs(),
    withinMs: Math.max(
      ...config.pools.map(({ quarantineMs }) => quarantineMs),
      ...loaded.adjustments.map(({ policy }) => policy.quarantineMs ?? 0),
    ),
  }).catch(cannotOpenStore);
  const state = { ...loaded, recentEnds };
  const ledger = new StartLedger(store, clock, loaded.revision);
  const autoKind = new AutoKind(hostPorts.capabilities(), log);
  const open = new OpenReservations();
  opened.add(() => open.releaseAll());
  const reserver = blockReserver(hostPorts);
  const lasting = new LastingReservations(hostPorts);
  const lendingPools = new Set(
    config.pools.filter(({ bind }) => bind === "plain").map(({ name }) => name),
  );
  // Who asked a portserver goes on binding by itself, also when neither that nor its pool is configured any more.
  for (const lease of state.leases) if (isKept(lease)) lendingPools.add(lease.pool);
  const making = { reserver, lasting, autoKind, open, clock, events, log };
  const maker = new BlockMaker({ ...making, lendingPools });
  const opener = { maker, lasting, ledger, autoKind, clock, log };
  const own: OwnPortsStart = hostPorts.capabilities().reservesOwnPorts
    ? await reserveOwnPorts(opener, wantedPorts(config), state.blocks).catch(cannotOpenStore)
    : { ownPorts: new Map(), ambiguous: [] };
  const { pools, idle } = await openPools(opener, config.pools, state);
  const keys = holderKeys(state.brokerSecret);
  const strangers = new StrangerSearch(hostPorts);
  const audit = {
    everyMs: config.auditEveryMs,
    processes: new HostProcesses(hostPorts),
    watchesMax: processWatchesMax(hostPorts.capabilities().descriptorsMax),
    witness: new HostWitness(hostPorts),
    nextTurn: () => nextTurn(),
  };
  const broker = new Broker(
    { clock, random, keys, store, events, strangers, audit, endOfTurn: world.endOfTurn },
    { ...state, revision: ledger.revision },
    pools,
    { ...idle, ambiguous: [...idle.ambiguous, ...own.ambiguous] },
  );
  opened.add(() => broker.stop());
  const blocks = new BlockManager({ broker, maker, lasting, autoKind });
  const grower = new PoolGrower(broker.growth, blocks);
  opened.add(() => grower.stop());
  return {
    broker,
    brokerId: brokerIdOf(state.brokerSecret),
    clock,
    blocks,
    maker,
    grower,
    autoKind,
    ownPorts: own.ownPorts,
    liveLeases: state.leases.length,
    history: new QuietHistory(kept),
    keepHistory: (limits) => kept.retain(retentionOf(limits)),
    replayMs: world.clock.monotonicMs() - beganMs,
  };
}

function retentionOf({ changesMax, ageMaxMs }: HistoryConfig): Parameters<CoreStore["retain"]>[0] {
  return { changesRetainedMax: changesMax, changesAgeMaxMs: ageMaxMs };
}

/** Those on which this broker is to listen, each once. */
function wantedPorts(config: BrokerConfig): readonly number[] {
  const http = httpWish(config)?.address.port ?? 0;
  return [...new Set([parseListenAddress(config.listen).port, http])];
}

async function openStore(world: CoreWorld, log: Log): Promise<CoreStore> {
  const store = await world.openStore().catch(cannotOpenStore);
  for (const warning of store.warnings) log.warn("the store opened with a warning", { warning });
  return store;
}

function cannotOpenStore(error: unknown): never {
  if (error instanceof Error) throw new StartError("CANNOT_OPEN_STORE", error.message, error);
  throw error;
}
