// The real lease core on a fake clock, a memory store and fake reservations, with short ways to ask it for things.

import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { AuditDependencies } from "#server/domain/audit-boundaries.js";
import type { Clock, StrangerFinder } from "#server/domain/boundaries.js";
import { Broker } from "#server/domain/broker.js";
import type { BrokerEvent } from "#server/domain/events.js";
import { Pool, type PoolPolicy } from "#server/domain/pool.js";
import { PortBlock } from "#server/domain/port-block.js";
import type { BlockRecord, StoredState } from "#server/domain/records.js";
import { holderKeys } from "#server/holder-keys.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { emptyWorld } from "./audit-world.js";
import { FakeClock } from "./fake-clock.js";
import { FakeReservation } from "./fake-reservation.js";
import { ScriptedStore } from "./scripted-store.js";
import { SeededRandom } from "./seeded-random.js";

export const testPolicy: PoolPolicy = {
  name: "default",
  protocol: "tcp",
  kind: "held",
  kindIsAuto: false,
  isolation: "shared",
  startPort: null,
  pick: "auto",
  size: 8,
  sizeMax: 8,
  growBy: 8,
  shrinkAfterMs: 600_000,
  pickPolicy: "least-recently-used",
  pins: [],
  staticPorts: 0,
  quota: { perService: null, services: new Map() },
  retired: false,
  ttlDefaultMs: 30_000,
  ttlMinMs: 2_000,
  ttlMaxMs: 3_600_000,
  ttlCrowdedMs: 30_000,
  crowdedShare: 1,
  quarantineMs: 5_000,
  quarantineShareMax: 1,
  quarantineFloorMs: 0,
  portCountMax: 4,
};

export interface BrokerFixture {
  readonly broker: Broker;
  readonly clock: FakeClock;
  readonly store: ScriptedStore;
  readonly reservation: FakeReservation;
  readonly block: PortBlock;
  readonly events: BrokerEvent[];
  readonly state: StoredState;
}

export interface FixtureOptions {
  readonly policy?: Partial<PoolPolicy>;
  readonly clock?: FakeClock;
  /** What the core takes for the time; `clock` unless told. */
  readonly coreClock?: Clock;
  readonly store?: ScriptedStore;
  /** Nobody is ever found unless told. */
  readonly strangers?: StrangerFinder;
  /** Nothing is audited unless told. */
  readonly audit?: AuditDependencies;
  /** What listening to an event costs. */
  readonly onEvent?: (event: BrokerEvent) => void;
}

/** A broker with one block of `policy.size` ports from 20000 on; with a used store, the broker that comes after it. */
export async function brokerFixture(options: FixtureOptions = {}): Promise<BrokerFixture> {
  const policy = { ...testPolicy, ...options.policy };
  const clock = options.clock ?? new FakeClock();
  const coreClock = options.coreClock ?? clock;
  const store = options.store ?? new ScriptedStore(new MemoryStore());
  const state = await store.load();
  const events: BrokerEvent[] = [];
  const sink = {
    publish: (event: BrokerEvent): void => {
      events.push(event);
      options.onEvent?.(event);
    },
  };
  const reservation = new FakeReservation(20_000, policy.size);
  const record: BlockRecord = {
    blockId: "default-tcp-20000",
    pool: policy.name,
    protocol: "tcp",
    kind: "held",
    ports: { firstPort: 20_000, lastPort: 20_000 + policy.size - 1 },
    isolation: "shared",
    stage: "created",
    draining: false,
    origin: "configured",
  };
  const leased = new Set(
    state.leases.flatMap(({ ports }) =>
      Array.from({ length: ports.lastPort - ports.firstPort + 1 }, (_, i) => ports.firstPort + i),
    ),
  );
  const block = new PortBlock(record, reservation, leased, coreClock, sink);
  const keys = holderKeys(state.brokerSecret);
  const pools = [new Pool(policy, [block])];
  const strangers = options.strangers ?? {
    findStrangers: (questions) =>
      Promise.resolve(questions.map(() => ({ state: "none" as const }))),
  };
  const random = new SeededRandom(7);
  const audit = options.audit ?? emptyWorld;
  const dependencies = { clock: coreClock, random, keys, store, events: sink, strangers, audit };
  const broker = new Broker(dependencies, state, pools);
  return { broker, clock, store, reservation, block, events, state };
}

export function request(fields: Partial<AcquireRequest> = {}): AcquireRequest {
  return {
    pool: "",
    protocol: "tcp",
    portCount: 0,
    preferredPort: 0,
    portMustMatch: false,
    ttlMs: null,
    holder: { service: "orders", instance: "", labels: {}, process: null },
    request: null,
    validateOnly: false,
    bindWithinMs: null,
    maxWaitMs: 0,
    ...fields,
  };
}

/** Lets everything that needs no outside event finish: promise chains, and the store's answers. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
