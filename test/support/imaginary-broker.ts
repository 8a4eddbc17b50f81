// A broker on an imaginary host, served over real gRPC inside the test's process: lease core, handlers and connections are the
// real ones; operating system, disk and time are not.

import type { Socket } from "node:net";
import type {
  ExcludedRange,
  HostCapabilities,
  ReservationKind,
  TransportProtocol,
} from "@portlease/native";
import { FakeHostPorts } from "@portlease/native/fake";
import { AutoKind } from "#server/blocks/auto-kind.js";
import { BlockMaker } from "#server/blocks/block-maker.js";
import { BlockManager } from "#server/blocks/block-manager.js";
import { blockReserver } from "#server/blocks/block-reserver.js";
import { StrangerSearch } from "#server/blocks/find-stranger.js";
import { LastingReservations } from "#server/blocks/lasting-reservations.js";
import { OpenReservations } from "#server/blocks/open-reservations.js";
import { Broker } from "#server/domain/broker.js";
import { followedByAll, FollowedStore } from "#server/domain/followed-store.js";
import { QuietHistory } from "#server/domain/quiet-history.js";
import type { BrokerEvent } from "#server/domain/events.js";
import { Pool } from "#server/domain/pool.js";
import { PortBlock } from "#server/domain/port-block.js";
import { adminService, type BrokerFacts } from "#server/grpc/admin-service.js";
import { leaseService } from "#server/grpc/lease-service.js";
import type { LiveWatches } from "#server/grpc/live-watches.js";
import { openLiveView } from "#server/grpc/open-live-view.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { portExplainer } from "#server/explain/port-explainer.js";
import { GrpcServer } from "#server/grpc/server.js";
import { SessionRegistry } from "#server/grpc/session-registry.js";
import { type WatchLimits, WatchRegistry } from "#server/grpc/watch-registry.js";
import { LiveEvents } from "#server/live/live-events.js";
import type { UsageHistory } from "#server/live/usage-history.js";
import { holderKeys } from "#server/holder-keys.js";
import { PeerProcesses } from "#server/peer-processes.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { Transfers } from "#server/transfers.js";
import { auditWorldOf } from "./audit-world.js";
import { testPolicy } from "./broker-fixture.js";
import { FakeClock } from "./fake-clock.js";
import { LeaseCaller } from "./lease-caller.js";
import { SeededRandom } from "./seeded-random.js";
import { nothingConfigured } from "./nothing-configured.js";
import { openToAll, plainLimits, servedToAll } from "./open-gate.js";
import { silentLog } from "./silent-log.js";

export interface ImaginaryBrokerOptions {
  /** Default "runtime". */
  readonly kind?: ReservationKind;
  /** Default "tcp". */
  readonly protocol?: TransportProtocol;
  readonly capabilities?: Partial<HostCapabilities>;
  /** Default none; `null`: the host does not say. */
  readonly excludedRanges?: readonly ExcludedRange[] | null;
  /** Taken over from a broker that stopped: its leases go on. */
  readonly before?: ImaginaryBroker;
  readonly watchLimits?: Partial<WatchLimits>;
  /** Default 8. */
  readonly portCount?: number;
}

export interface ImaginaryBroker {
  readonly host: FakeHostPorts;
  readonly clock: FakeClock;
  readonly store: MemoryStore;
  readonly broker: Broker;
  readonly block: PortBlock;
  readonly caller: LeaseCaller;
  readonly transfers: Transfers;
  readonly watches: WatchRegistry;
  readonly blocks: BlockManager;
  readonly live: LiveWatches;
  readonly usage: UsageHistory;
  /** From now on the caller's connection is this process's; it must have claimed none on it before. */
  readonly callAs: (processId: number) => Promise<void>;
  readonly publish: (event: BrokerEvent) => void;
  stop(): Promise<void>;
}

export const firstPort = 20_000;
export const portCount = 8;

/** One pool "default" of one block, ports 20000 to 20007. */
export async function startImaginaryBroker(
  options: ImaginaryBrokerOptions = {},
): Promise<ImaginaryBroker> {
  const { kind = "runtime", protocol = "tcp", excludedRanges = [], before } = options;
  const size = options.portCount ?? portCount;
  const capabilities = { kinds: [kind], autoKind: kind, ...options.capabilities };
  const host = before?.host ?? new FakeHostPorts({ capabilities, excludedRanges });
  const clock = before?.clock ?? new FakeClock();
  const store = before?.store ?? new MemoryStore();
  const watches = new WatchRegistry(silentLog, clock, options.watchLimits);
  const liveEvents = new LiveEvents(clock);
  const followed = new FollowedStore(store, followedByAll([watches, liveEvents]));
  const history = new QuietHistory(store);
  const state = await followed.load();
  const sessions = new SessionRegistry();
  const random = new SeededRandom(7);
  const transfers = new Transfers(clock, random);
  const publish = (event: BrokerEvent): void => {
    sessions.publish(event);
    transfers.publish(event);
    liveEvents.publish(event);
  };
  const events = { publish };
  const leased = new Set(state.leases.map(({ ports }) => ports.firstPort));
  const reserver = blockReserver(host);
  const reservation = await reserver.reserveBlock({
    kind,
    protocol,
    firstPort,
    pick: "auto",
    portCount: size,
    isolation: "shared",
    leasedPorts: before === undefined ? null : leased,
    intend: () => Promise.resolve(),
    leftBehind: () => undefined,
  });
  const record = {
    blockId: "default",
    pool: "default",
    protocol,
    kind,
    ports: { firstPort, lastPort: firstPort + size - 1 },
    isolation: "shared",
    stage: "created",
    draining: false,
    origin: "configured",
  } as const;
  const block = new PortBlock(record, reservation, leased, clock, events);
  const policy = { ...testPolicy, protocol, kind, quarantineMs: 0 };
  const keys = holderKeys(state.brokerSecret);
  const strangers = new StrangerSearch(host);
  const audit = auditWorldOf(host);
  const dependencies = { clock, random, keys, store: followed, events, strangers, audit };
  const broker = new Broker(dependencies, state, [new Pool(policy, [block])]);
  const autoKind = new AutoKind(host.capabilities(), silentLog);
  const open = new OpenReservations();
  const lasting = new LastingReservations(host);
  const log = silentLog;
  const maker = new BlockMaker({ reserver, lasting, autoKind, open, clock, events, log });
  const blocks = new BlockManager({ broker, maker, lasting, autoKind });
  const connections = new SeenConnections();
  const processes = new PeerProcesses(host);
  const claimProcess = (peer: string, processId: number) =>
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
  const sources = { hostPorts: host, unprivilegedPortStart: () => Promise.resolve(null) };
  const whereabouts = () => ({
    addresses: [],
    dashboardUrl: "",
    auditLogProblem: null,
    fleetProblem: null,
  });
  const shown = { broker, blocks, clock, facts, whereabouts, log };
  const view = openLiveView({ ...shown, realClock: clock, events: liveEvents });
  const { live, usage } = view;
  const admin = adminService({
    configuration: nothingConfigured,
    ...shown,
    ...view,
    ranges: host,
    explain: portExplainer(sources, broker, clock),
    history,
  });
  const served = servedToAll({ lease, admin }, connections);
  const server = new GrpcServer(served, connections, openToAll, silentLog);
  const caller = new LeaseCaller(await server.listen({ host: "127.0.0.1", port: 0 }));
  const callAs = async (processId: number): Promise<void> => {
    await caller.list();
    host.connectFrom(processId, connections.lastRemotePort);
  };
  const stop = async (): Promise<void> => {
    caller.close();
    watches.stop();
    live.stop();
    await server.stop();
    await broker.stop();
    transfers.closeAll();
    await reservation.release();
  };
  return {
    host,
    clock,
    store,
    broker,
    block,
    caller,
    transfers,
    watches,
    blocks,
    live,
    usage,
    callAs,
    publish,
    stop,
  };
}

class SeenConnections extends PeerConnections {
  lastRemotePort = 0;

  override add(socket: Socket): void {
    this.lastRemotePort = socket.remotePort ?? 0;
    super.add(socket);
  }
}

const facts: BrokerFacts = {
  version: "0.0.0",
  host: "imaginary",
  platform: "fake",
  elevated: false,
  autoKind: { kind: "runtime", reason: "" },
  processId: process.pid,
  startedWallMs: 0,
  startedMonotonicMs: 0,
  dataDirectory: "",
  limits: plainLimits,
};
