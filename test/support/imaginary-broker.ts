// A broker on an imaginary host, served over real gRPC inside the test's process: lease core, handlers and connections are the
// real ones; operating system, disk and time are not.

import type { HostCapabilities, ReservationKind, TransportProtocol } from "@portlease/native";
import { FakeHostPorts } from "@portlease/native/fake";
import { blockReserver } from "#server/block-reservation.js";
import { Broker } from "#server/domain/broker.js";
import type { BrokerEvent } from "#server/domain/events.js";
import { Pool } from "#server/domain/pool.js";
import { PortBlock } from "#server/domain/port-block.js";
import { adminService, type BrokerFacts } from "#server/grpc/admin-service.js";
import { Health } from "#server/grpc/health.js";
import { leaseService } from "#server/grpc/lease-service.js";
import { GrpcServer } from "#server/grpc/server.js";
import { SessionRegistry } from "#server/grpc/session-registry.js";
import { holderKeys } from "#server/holder-keys.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { testPolicy } from "./broker-fixture.js";
import { FakeClock } from "./fake-clock.js";
import { LeaseCaller } from "./lease-caller.js";
import { SeededRandom } from "./seeded-random.js";
import { silentLog } from "./silent-log.js";

export interface ImaginaryBrokerOptions {
  /** Default "runtime". */
  readonly kind?: ReservationKind;
  /** Default "tcp". */
  readonly protocol?: TransportProtocol;
  readonly capabilities?: Partial<HostCapabilities>;
  /** Taken over from a broker that stopped: its leases go on. */
  readonly before?: ImaginaryBroker;
}

export interface ImaginaryBroker {
  readonly host: FakeHostPorts;
  readonly clock: FakeClock;
  readonly store: MemoryStore;
  readonly broker: Broker;
  readonly block: PortBlock;
  readonly caller: LeaseCaller;
  readonly publish: (event: BrokerEvent) => void;
  stop(): Promise<void>;
}

export const firstPort = 20_000;
export const portCount = 8;

/** One pool "default" of one block, ports 20000 to 20007. */
export async function startImaginaryBroker(
  options: ImaginaryBrokerOptions = {},
): Promise<ImaginaryBroker> {
  const { kind = "runtime", protocol = "tcp", before } = options;
  const capabilities = { kinds: [kind], autoKind: kind, ...options.capabilities };
  const host = before?.host ?? new FakeHostPorts({ capabilities });
  const clock = before?.clock ?? new FakeClock();
  const store = before?.store ?? new MemoryStore();
  const state = await store.load();
  const sessions = new SessionRegistry();
  const events = { publish: (event: BrokerEvent): void => sessions.publish(event) };
  const leased = new Set(state.leases.map(({ ports }) => ports.firstPort));
  const reservation = await blockReserver(host).reserveBlock({
    kind,
    protocol,
    firstPort,
    pick: "auto",
    portCount,
    isolation: "shared",
    leasedPorts: before === undefined ? null : leased,
    intend: () => Promise.resolve(),
  });
  const record = {
    blockId: "default",
    pool: "default",
    protocol,
    kind,
    ports: { firstPort, lastPort: firstPort + portCount - 1 },
    isolation: "shared",
    stage: "created",
    draining: false,
  } as const;
  const block = new PortBlock(record, reservation, leased, clock, events);
  const policy = { ...testPolicy, protocol, kind, quarantineMs: 0 };
  const keys = holderKeys(state.brokerSecret);
  const random = new SeededRandom(7);
  const broker = new Broker({ clock, random, keys, store, events }, state, [
    new Pool(policy, [block]),
  ]);
  const identifyProcess = (processId: number) => host.identifyProcess(processId);
  const lease = leaseService({ broker, clock, identifyProcess, sessions, log: silentLog });
  const admin = adminService(broker, clock, facts, silentLog);
  const server = new GrpcServer({ lease, admin, health: new Health() }, silentLog);
  const caller = new LeaseCaller(await server.listen({ host: "127.0.0.1", port: 0 }));
  const stop = async (): Promise<void> => {
    caller.close();
    await server.stop();
    await broker.stop();
    await reservation.release();
  };
  return { host, clock, store, broker, block, caller, publish: events.publish, stop };
}

const facts: BrokerFacts = {
  version: "0.0.0",
  host: "imaginary",
  platform: "fake",
  elevated: false,
  autoKind: "runtime",
  autoKindReason: "",
  processId: process.pid,
  startedWallMs: 0,
  startedMonotonicMs: 0,
  dataDirectory: "",
};
