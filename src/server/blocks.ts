// Brings the blocks up at start: those on disk come back around their leases, missing ones are reserved anew, and those the
// configuration no longer wants are drained. How a block is reserved is the native layer's business.

import type { BlockReservation, BlockReserver, Clock, EventSink } from "./domain/boundaries.js";
import { Pool, type PoolPolicy } from "./domain/pool.js";
import { PortBlock } from "./domain/port-block.js";
import { formatPortRange, portCountOf, portRange, rangesOverlap } from "./domain/port-range.js";
import type {
  BlockRecord,
  EndedLeaseRecord,
  ReservationKind,
  StoredState,
} from "./domain/records.js";
import type { PoolConfig } from "./config/config.js";
import type { Log } from "./log.js";
import { StartError } from "./start-error.js";

/** What the store knows, and whether leases may exist that it does not know (semantics.md 4). */
export interface KnownState extends StoredState {
  readonly past: "known" | "new" | "unknown";
  /** Leases that ended lately: their ports go on resting after a restart. */
  readonly recentEnds: readonly EndedLeaseRecord[];
}

export interface OpenedPools {
  readonly pools: readonly Pool[];
  /** Blocks whose record is new or changed and must be written before anything is leased. */
  readonly changedBlocks: readonly BlockRecord[];
  /** Blocks that nobody wants and nobody has a lease in: their records must go. */
  readonly removedBlocks: readonly string[];
}

export interface BlockOpener {
  readonly reserver: BlockReserver;
  /** The kind that "auto" stands for on this host. */
  readonly autoKind: ReservationKind;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly log: Log;
  /** Told of each reservation as soon as it is made, so that it is given back even if the next one fails. */
  readonly onReserved: (reservation: BlockReservation) => void;
}

interface BlockChanges {
  readonly changed: BlockRecord[];
  readonly removed: string[];
}

export async function openPools(
  opener: BlockOpener,
  configs: readonly PoolConfig[],
  state: KnownState,
): Promise<OpenedPools> {
  const pools: Pool[] = [];
  const changes: BlockChanges = { changed: [], removed: [] };
  const configured = new Set(configs.map((config) => config.name));
  const orphaned = new Set(
    state.blocks.map(({ pool }) => pool).filter((name) => !configured.has(name)),
  );
  for (const config of configs) {
    pools.push(await openPool(opener, toPolicy(config, opener.autoKind), state, changes));
  }
  for (const name of orphaned) {
    const policy = retiredPolicy(name, state);
    const pool = await openPool(opener, policy, state, changes);
    if (pool.blocks.length > 0) pools.push(pool);
  }
  return { pools, changedBlocks: changes.changed, removedBlocks: changes.removed };
}

/** All blocks of a retired pool are drained. */
async function openPool(
  opener: BlockOpener,
  policy: PoolPolicy,
  state: KnownState,
  changes: BlockChanges,
): Promise<Pool> {
  const blocks: PortBlock[] = [];
  let served = policy.retired;
  for (const stored of state.blocks.filter(({ pool }) => pool === policy.name)) {
    const wanted = !served && fits(policy, stored);
    served ||= wanted;
    const { blockId } = stored;
    if (!wanted && !state.leases.some((lease) => lease.blockId === blockId)) {
      changes.removed.push(blockId);
      continue;
    }
    const record = { ...stored, stage: "created" as const, draining: !wanted };
    blocks.push(await restoreBlock(opener, record, policy, state));
    if (record.draining !== stored.draining || stored.stage !== "created") {
      changes.changed.push(record);
    }
    if (!wanted) {
      const ports = formatPortRange(record.ports);
      opener.log.warn("block is not configured any more: no new leases from it", {
        blockId,
        ports,
      });
    }
  }
  if (!served) {
    refuseOverlap(policy, blocks);
    const block = await reserveNewBlock(opener, policy);
    blocks.push(block);
    changes.changed.push(block.record);
  }
  if (state.past === "unknown") restEverything(opener, policy, blocks);
  return new Pool(policy, blocks);
}

/** Otherwise the operating system would say that this very process is in the way. */
function refuseOverlap(policy: PoolPolicy, drained: readonly PortBlock[]): void {
  const wanted = policy.startPort === null ? null : portRange(policy.startPort, policy.size);
  if (wanted === null) return;
  const former = drained.find(({ record }) => rangesOverlap(record.ports, wanted));
  if (former === undefined) return;
  const { ports } = former.record;
  throw new StartError(
    "CANNOT_RESERVE",
    `pool "${policy.name}" is to have ports ${formatPortRange(wanted)}, but its former block ${formatPortRange(ports)} shares ` +
      `ports with them and still has ${former.leasedCount} leased ports; keep the former start and size until those leases ` +
      "have ended, or choose ports beside the former ones",
  );
}

/** Somebody may have a lease that the store does not know: its port must not be granted before it has run out. */
function restEverything(
  opener: BlockOpener,
  policy: PoolPolicy,
  blocks: readonly PortBlock[],
): void {
  for (const block of blocks) block.restAllFree(policy.ttlMaxMs);
  opener.log.warn(
    "the data directory was restored or replaced: every port without a known lease rests for the pool's longest TTL; " +
      "where no lease can have been that long, a smaller ttl.max shortens the wait",
    { pool: policy.name, ttlMs: policy.ttlMaxMs },
  );
}

function fits(policy: PoolPolicy, { protocol, kind, ports }: BlockRecord): boolean {
  return (
    protocol === policy.protocol &&
    kind === policy.kind &&
    portCountOf(ports) === policy.size &&
    (policy.startPort === null || ports.firstPort === policy.startPort)
  );
}

async function restoreBlock(
  opener: BlockOpener,
  record: BlockRecord,
  policy: PoolPolicy,
  state: KnownState,
): Promise<PortBlock> {
  const leased = new Set<number>();
  for (const { blockId, ports } of state.leases) {
    if (blockId !== record.blockId) continue;
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) leased.add(port);
  }
  const reservation = await reserve(opener, record.kind, record.protocol, {
    firstPort: record.ports.firstPort,
    pick: "auto",
    portCount: portCountOf(record.ports),
    isolation: record.isolation,
    leasedPorts: leased,
    intend: () => Promise.resolve(),
  });
  const uncovered = reservation.uncoveredPorts();
  if (uncovered.length > 0) {
    opener.log.warn(
      "some ports of the block are in use by others and not covered; they are left out until they are free",
      {
        blockId: record.blockId,
        uncovered: uncovered.slice(0, 20),
        uncoveredCount: uncovered.length,
      },
    );
  }
  const block = new PortBlock(record, reservation, leased, opener.clock, opener.events);
  restRecentlyEnded(block, policy, state.recentEnds, opener.clock.wallMs());
  return block;
}

/** Quarantine goes on across a restart. Only the wall clock knows for how long; one that was set back makes it longer. */
function restRecentlyEnded(
  block: PortBlock,
  { quarantineMs }: PoolPolicy,
  recentEnds: readonly EndedLeaseRecord[],
  nowWallMs: number,
): void {
  for (const { lease, endedWallMs } of recentEnds) {
    if (lease.blockId !== block.record.blockId) continue;
    const restMs = quarantineMs - Math.max(0, nowWallMs - endedWallMs);
    if (restMs > 0) block.restIfFree(lease.ports, restMs);
  }
}

async function reserveNewBlock(opener: BlockOpener, policy: PoolPolicy): Promise<PortBlock> {
  const reservation = await reserve(opener, policy.kind, policy.protocol, {
    firstPort: policy.startPort,
    pick: "auto",
    portCount: policy.size,
    isolation: "shared",
    leasedPorts: null,
    intend: () => Promise.resolve(),
  });
  const ports = portRange(reservation.firstPort, reservation.portCount);
  if (ports === null) throw new RangeError("the reservation is no range of ports");
  const record: BlockRecord = {
    blockId: `${policy.name}-${policy.protocol}-${ports.firstPort}`,
    pool: policy.name,
    protocol: policy.protocol,
    kind: policy.kind,
    ports,
    isolation: reservation.isolation,
    stage: "created",
    draining: false,
  };
  return new PortBlock(record, reservation, new Set(), opener.clock, opener.events);
}

async function reserve(
  opener: BlockOpener,
  kind: ReservationKind,
  protocol: BlockRecord["protocol"],
  range: Omit<Parameters<BlockReserver["reserveBlock"]>[0], "kind" | "protocol">,
): Promise<BlockReservation> {
  try {
    const reservation = await opener.reserver.reserveBlock({ kind, protocol, ...range });
    opener.onReserved(reservation);
    return reservation;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new StartError("CANNOT_RESERVE", error.message, error);
  }
}

function toPolicy(config: PoolConfig, autoKind: ReservationKind): PoolPolicy {
  const { name, protocol, size, ttlDefaultMs, ttlMinMs, ttlMaxMs, quarantineMs, portCountMax } =
    config;
  return {
    name,
    protocol,
    kind: config.kind === "auto" ? autoKind : config.kind,
    startPort: typeof config.start === "number" ? config.start : null,
    size,
    retired: false,
    ttlDefaultMs,
    ttlMinMs,
    ttlMaxMs,
    quarantineMs,
    portCountMax,
  };
}

/** Rest between two holders for ports of a pool that is gone; nobody gets them from the broker again anyway. */
const retiredQuarantineMs = 5_000;

/** A pool that only lives until its last lease ends: renewals go on, nothing is granted from drained blocks. */
function retiredPolicy(name: string, state: KnownState): PoolPolicy {
  const ttls = state.leases.filter(({ pool }) => pool === name).map(({ ttlMs }) => ttlMs);
  const block = state.blocks.find(({ pool }) => pool === name);
  return {
    name,
    protocol: block?.protocol ?? "tcp",
    kind: block?.kind ?? "held",
    startPort: null,
    size: 0,
    retired: true,
    ttlDefaultMs: Math.max(1_000, ...ttls),
    ttlMinMs: Math.min(1_000, ...ttls),
    ttlMaxMs: Math.max(1_000, ...ttls),
    quarantineMs: retiredQuarantineMs,
    portCountMax: 1,
  };
}
