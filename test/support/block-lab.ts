// The blocks of a broker on an imaginary host: start, kill and stop it, look at its disk, and play the operator.

import { FakeHostPorts } from "@portlease/native/fake";
import { AutoKind } from "#server/blocks/auto-kind.js";
import { BlockMaker } from "#server/blocks/block-maker.js";
import { BlockManager } from "#server/blocks/block-manager.js";
import { blockReserver } from "#server/blocks/block-reserver.js";
import { StrangerSearch } from "#server/blocks/find-stranger.js";
import { LastingReservations } from "#server/blocks/lasting-reservations.js";
import { OpenReservations } from "#server/blocks/open-reservations.js";
import { type KnownState, openPools } from "#server/blocks/open-pools.js";
import { PoolGrower } from "#server/blocks/pool-grower.js";
import type { OwnPortParts } from "#server/blocks/reserve-own-ports.js";
import { StartLedger } from "#server/blocks/start-ledger.js";
import type { PoolConfig } from "#server/config/config.js";
import { Broker } from "#server/domain/broker.js";
import type { BrokerEvent } from "#server/domain/events.js";
import type { BlockRecord } from "#server/domain/records.js";
import { holderKeys } from "#server/holder-keys.js";
import type { Log, LogFields } from "#server/log.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { auditWorldOf } from "./audit-world.js";
import { FakeClock } from "./fake-clock.js";
import { plainPool } from "./pool-config.js";
import { ScriptedStore } from "./scripted-store.js";
import { SeededRandom } from "./seeded-random.js";

export const labPool = plainPool;

type HostOptions = ConstructorParameters<typeof FakeHostPorts>[0];

/** Can do everything that an elevated Windows can. */
export const windowsHost: NonNullable<HostOptions> = {
  capabilities: {
    platform: "win32",
    elevated: true,
    kinds: ["persistent", "runtime", "administered"],
    autoKind: "persistent",
    autoKindReason: "This process is elevated.",
    reservesOwnPorts: true,
  },
};

export interface LabBroker {
  readonly broker: Broker;
  readonly manager: BlockManager;
  readonly grower: PoolGrower;
  readonly autoKind: AutoKind;
  readonly maker: BlockMaker;
  /** As at an orderly stop. */
  stop(): Promise<void>;
}

export class BlockLab {
  readonly host: FakeHostPorts;
  readonly clock = new FakeClock();
  readonly store = new ScriptedStore(new MemoryStore());
  readonly events: BrokerEvent[] = [];
  readonly logged: {
    readonly level: string;
    readonly message: string;
    readonly fields?: LogFields | undefined;
  }[] = [];
  readonly open: OpenReservations[] = [];

  /** `null`: leases and sockets are compared only when a test asks for it. */
  readonly auditEveryMs: number | null;

  constructor(host: HostOptions = windowsHost, auditEveryMs: number | null = null) {
    this.host = new FakeHostPorts(host);
    this.auditEveryMs = auditEveryMs;
  }

  readonly log: Log = {
    debug: (message, fields) => this.#say("debug", message, fields),
    info: (message, fields) => this.#say("info", message, fields),
    warn: (message, fields) => this.#say("warn", message, fields),
    error: (message, fields) => this.#say("error", message, fields),
    child: () => this.log,
  };

  /** Rejects as the start of a broker would; what was reserved is let go then. */
  async start(
    pools: readonly Partial<PoolConfig>[] = [{}],
    known: Partial<KnownState> = {},
  ): Promise<LabBroker> {
    const { host, clock, store, log } = this;
    const events = { publish: (event: BrokerEvent) => void this.events.push(event) };
    const loaded = await store.load();
    const state: KnownState = { ...loaded, past: "known", recentEnds: [], ...known };
    const ledger = new StartLedger(store, clock, loaded.revision);
    const autoKind = new AutoKind(host.capabilities(), log);
    const open = new OpenReservations();
    const lasting = new LastingReservations(host);
    const lending = pools.filter(({ bind }) => bind === "plain");
    const maker = new BlockMaker({
      lendingPools: new Set(lending.map(({ name }) => name ?? labPool.name)),
      reserver: blockReserver(host),
      lasting,
      autoKind,
      open,
      clock,
      events,
      log,
    });
    const configs = pools.map((pool) => ({ ...labPool, ...pool }));
    try {
      const opener = { maker, lasting, ledger, autoKind, clock, log };
      const { pools: opened, idle } = await openPools(opener, configs, state);
      const dependencies = {
        clock,
        store,
        events,
        random: new SeededRandom(7),
        keys: holderKeys(state.brokerSecret),
        strangers: new StrangerSearch(host),
        audit: auditWorldOf(host, this.auditEveryMs),
      };
      const broker = new Broker(
        dependencies,
        { ...state, revision: ledger.revision },
        opened,
        idle,
      );
      const manager = new BlockManager({ broker, maker, lasting, autoKind });
      const grower = new PoolGrower(broker.growth, manager);
      return { broker, manager, grower, autoKind, maker, stop: () => open.releaseAll() };
    } catch (error) {
      await open.releaseAll();
      throw error;
    }
  }

  /** The broker's process ends without a word; what ends with it is gone. */
  kill(): void {
    this.host.dropReservations();
  }

  /** What a next start would find, by block id. */
  async recordsOnDisk(): Promise<ReadonlyMap<string, BlockRecord>> {
    const { blocks } = await this.store.load();
    return new Map(blocks.map((block) => [block.blockId, block]));
  }

  /** Puts records on disk as an earlier life of the broker left them. */
  async plantRecord(record: BlockRecord): Promise<void> {
    const { revision } = await this.store.load();
    await this.store.commit([
      { revision: revision + 1, wallMs: 0, change: { type: "block_changed", block: record } },
    ]);
  }

  /** What was logged as a warning or an error. */
  get warnings(): readonly string[] {
    return this.logged
      .filter(({ level }) => level === "warn" || level === "error")
      .map(({ message }) => message);
  }

  #say(level: string, message: string, fields?: LogFields): void {
    this.logged.push({ level, message, fields });
  }
}

/** What reserveOwnPorts needs, in a new life of the broker. */
export async function ownPortParts(lab: BlockLab): Promise<OwnPortParts> {
  const { host, clock, store, log } = lab;
  const { revision } = await store.load();
  const autoKind = new AutoKind(host.capabilities(), log);
  const events = { publish: () => undefined };
  const open = new OpenReservations();
  const reserver = blockReserver(host);
  const lasting = new LastingReservations(host);
  return {
    maker: new BlockMaker({ reserver, lasting, autoKind, open, clock, events, log }),
    lasting,
    ledger: new StartLedger(store, clock, revision),
    autoKind,
    log,
  };
}
