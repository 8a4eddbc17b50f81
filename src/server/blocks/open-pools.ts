// Brings the blocks up at start: those on disk come back around their leases, missing ones are reserved anew, and those the
// configuration no longer wants are drained or given back. Every record is on disk before the next step.

import type { PoolConfig } from "../config/config.js";
import { adjustedPolicy } from "../domain/adjusted-policy.js";
import type { BlockLedger, Clock } from "../domain/boundaries.js";
import type { IdleStart, LeavingBlock } from "../domain/idle-blocks.js";
import { Pool, type PoolPolicy } from "../domain/pool.js";
import type { PortBlock } from "../domain/port-block.js";
import { formatPortRange, portRange } from "../domain/port-range.js";
import type {
  BlockRecord,
  EndedLeaseRecord,
  ReservationKind,
  StoredState,
} from "../domain/records.js";
import { sharedPorts } from "../domain/shared-ports.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";
import { StoreError } from "../store/store-error.js";
import type { AutoKind } from "./auto-kind.js";
import type { BlockMaker } from "./block-maker.js";
import type { LastingReservations } from "./lasting-reservations.js";
import { ownPool } from "../domain/own-pool.js";
import { keptGrowth } from "./kept-growth.js";
import { fits, retiredPolicy, toPolicy } from "./pool-policies.js";
import { sayAdjusted, sayMisfit, sayPinsOutside } from "./say-adjusted.js";
import { restFree, restRecentlyEnded } from "./rest-ports.js";
import { sortRecords } from "./sort-records.js";

/** What the store knows, and whether leases may exist that it does not know (semantics.md 4). */
export interface KnownState extends StoredState {
  readonly past: "known" | "new" | "unknown";
  /** Since when the past is unknown, by the wall clock; `null` or absent: since now. */
  readonly unknownSinceWallMs?: number | null;
  /** Leases that ended lately: their ports go on resting after a restart. */
  readonly recentEnds: readonly EndedLeaseRecord[];
}

export interface OpenedPools {
  readonly pools: readonly Pool[];
  readonly idle: IdleStart;
}

export interface PoolOpener {
  readonly maker: BlockMaker;
  readonly lasting: Pick<LastingReservations, "has" | "remove">;
  readonly ledger: BlockLedger;
  readonly autoKind: AutoKind;
  readonly clock: Clock;
  readonly log: Log;
}

interface Start {
  readonly opener: PoolOpener;
  readonly state: KnownState;
  readonly created: readonly BlockRecord[];
  readonly ambiguous: BlockRecord[];
  readonly leaving: LeavingBlock[];
}

type WantedPorts = Pick<BlockRecord, "ports" | "protocol">;

interface WantedPool {
  /** With what operators changed. */
  policy: PoolPolicy;
  /** Without. */
  readonly configured: PoolPolicy;
}

interface ComingPool extends WantedPool {
  readonly blocks: PortBlock[];
  /** It needs no new block. */
  readonly served: boolean;
}

/** Rejects with StartError; what was reserved until then is known to the maker's OpenReservations. */
export async function openPools(
  opener: PoolOpener,
  configs: readonly PoolConfig[],
  known: KnownState,
): Promise<OpenedPools> {
  const { lasting, ledger, log } = opener;
  const state = { ...known, blocks: known.blocks.filter(({ pool }) => pool !== ownPool) };
  const sorted = await refusing(() => sortRecords(state, lasting, ledger, log));
  const { created } = sorted;
  const start: Start = { opener, state, created, ambiguous: [...sorted.ambiguous], leaving: [] };
  const coming: ComingPool[] = [];
  for (const wanted of wantedPools(start, configs)) coming.push(await bringBack(start, wanted));
  // Only now: a new block must not lie where another pool has its leases. Given ports before ports that are anybody's choice.
  const incomplete = coming.filter(({ served }) => !served);
  for (const pool of incomplete.toSorted(byGivenStart)) await addNew(start, pool, coming);
  const pools = coming
    .filter(({ policy, blocks }) => !policy.retired || blocks.length > 0)
    .map((pool) => finish(start, pool));
  return { pools, idle: { ambiguous: start.ambiguous, leaving: start.leaving } };
}

/** Those of the configuration first, then those that only live on in records. */
function wantedPools(
  { opener, state, created }: Start,
  configs: readonly PoolConfig[],
): readonly WantedPool[] {
  const configured = new Set(configs.map(({ name }) => name));
  const gone = new Set(created.map(({ pool }) => pool).filter((name) => !configured.has(name)));
  sayAdjusted(opener.log, state.adjustments, configured);
  return [
    ...configs.map((config) => {
      const policy = toPolicy(config, opener.autoKind.kind);
      const adjustment = state.adjustments.find(({ pool }) => pool === policy.name);
      const adjusted = adjustedPolicy(policy, adjustment);
      for (const { message } of adjusted.misfits) sayMisfit(opener.log, policy.name, message);
      return { policy: adjusted.policy, configured: policy };
    }),
    ...[...gone].map((name) => {
      const policy = retiredPolicy(name, state);
      return { policy, configured: policy };
    }),
  ];
}

function byGivenStart(a: ComingPool, b: ComingPool): number {
  return Number(a.policy.startPort === null) - Number(b.policy.startPort === null);
}

/** All blocks of a retired pool are drained. */
async function bringBack(start: Start, { policy, configured }: WantedPool): Promise<ComingPool> {
  const { opener, state } = start;
  const blocks: PortBlock[] = [];
  let { kind, retired: served } = policy;
  const isLeased = (record: BlockRecord): boolean =>
    state.leases.some(({ blockId }) => blockId === record.blockId);
  const records = start.created.filter(({ pool }) => pool === policy.name).toSorted(growthLast);
  const grown = keptGrowth(policy, records, isLeased);
  for (const stored of records) {
    const leased = isLeased(stored);
    const isTheOne = !served && fits(policy, stored, leased);
    if (isTheOne) {
      served = true;
      kind = stored.kind;
    }
    const byOperator = stored.origin === "operator" && !policy.retired;
    const addedStays = byOperator && stored.protocol === policy.protocol;
    const stays = isTheOne || addedStays || grown.has(stored.blockId);
    // What an operator drains stays drained, but for the block that the configuration asks for.
    const record = { ...stored, draining: stays ? stored.draining && !isTheOne : true };
    if (record.draining && !leased) {
      await giveBack(start, record);
      continue;
    }
    blocks.push(await restore(start, record));
    if (record.draining !== stored.draining) {
      await refusing(() => opener.ledger.record(record));
    }
    if (!stays) sayDrained(opener.log, record);
  }
  if (kind !== policy.kind) sayKindStays(opener.log, policy, kind);
  return { policy: { ...policy, kind }, configured, blocks, served };
}

/** Ports are taken from the first blocks first, so that those that may go again get empty. */
function growthLast(a: BlockRecord, b: BlockRecord): number {
  return Number(a.origin === "growth") - Number(b.origin === "growth");
}

/** Unless an operator must decide first. */
async function addNew(start: Start, pool: ComingPool, all: readonly ComingPool[]): Promise<void> {
  const { autoKind } = start.opener;
  // A kind may have been refused meanwhile.
  const kind = pool.policy.kindIsAuto ? autoKind.kind : pool.policy.kind;
  pool.policy = { ...pool.policy, kind };
  refuseOverlap(
    pool.policy,
    all.flatMap(({ blocks }) => blocks),
  );
  if (awaitsOperator(start, pool.policy)) return;
  const block = await makeNew(start, pool.policy);
  pool.policy = { ...pool.policy, kind: block.record.kind };
  pool.blocks.push(block);
}

function finish({ opener, state }: Start, { policy, configured, blocks }: ComingPool): Pool {
  for (const block of blocks) {
    restRecentlyEnded(block, policy, state.recentEnds, opener.clock.wallMs());
  }
  if (state.past === "unknown") {
    const nowWallMs = opener.clock.wallMs();
    const unknownForMs = nowWallMs - (state.unknownSinceWallMs ?? nowWallMs);
    // Leases that nobody knows of may be as long as either allowed.
    const ttlMaxMs = Math.max(policy.ttlMaxMs, configured.ttlMaxMs);
    restFree(blocks, { ...policy, ttlMaxMs }, unknownForMs, opener.log);
  }
  sayPinsOutside(opener.log, policy, blocks);
  const pool = new Pool(policy, blocks, { ...configured, kind: policy.kind });
  for (const { lease, reason } of state.recentEnds) {
    if (lease.pool === policy.name) pool.affinity.remember(lease, reason);
  }
  return pool;
}

function restore({ opener, state }: Start, record: BlockRecord): Promise<PortBlock> {
  const leased = new Set<number>();
  for (const { blockId, ports } of state.leases) {
    if (blockId !== record.blockId) continue;
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) leased.add(port);
  }
  return refusing(() => opener.maker.restore(record, leased), record);
}

async function makeNew(start: Start, policy: PoolPolicy): Promise<PortBlock> {
  const { maker, ledger } = start.opener;
  const { name, protocol, kind, kindIsAuto, isolation, startPort, pick, size } = policy;
  const wanted = {
    pool: name,
    protocol,
    kind,
    kindIsAuto,
    isolation,
    pick,
    firstPort: startPort,
    portCount: size,
    origin: "configured" as const,
    knownIds: new Set([...start.created, ...start.ambiguous].map(({ blockId }) => blockId)),
  };
  const made = await refusing(() =>
    maker.make(wanted, ledger, (record) => start.ambiguous.push(record)),
  );
  return maker.portBlock(made, new Set());
}

/** The reservation goes first, the record only after it; what cannot be given back now is tried again by the core. */
async function giveBack({ opener, leaving }: Start, record: BlockRecord): Promise<void> {
  const { lasting, ledger, log } = opener;
  const { blockId } = record;
  const remove = async (): Promise<void> => void (await lasting.remove(record));
  try {
    await remove();
  } catch (error) {
    log.warn("a block that nobody wants any more could not be given back; it is tried again", {
      blockId,
      ports: formatPortRange(record.ports),
      error,
    });
    leaving.push({ record, giveBack: remove });
    return;
  }
  await refusing(() => ledger.forget(blockId));
}

/** Otherwise the operating system would say that this very process is in the way, or (HELD) let both have the ports. */
function refuseOverlap(policy: PoolPolicy, blocks: readonly PortBlock[]): void {
  const wanted = wantedPorts(policy);
  if (wanted === null) return;
  const other = blocks.find(({ record }) => sharedPorts(record, wanted) !== null);
  if (other === undefined) return;
  const { blockId, pool, ports, draining } = other.record;
  const wayOut = draining
    ? `still has ${other.leasedCount} leased ports; keep the former start and size until those leases have ended`
    : `is in use; with the former configuration, remove it with "portlease blocks remove ${blockId}"`;
  throw new StartError(
    "CANNOT_RESERVE",
    `pool "${policy.name}" is to have ports ${formatPortRange(wanted.ports)}, but block ${blockId} of pool "${pool}" ` +
      `(ports ${formatPortRange(ports)}) shares ports with them and ${wayOut}, or choose ports beside it`,
  );
}

/** The very ports that the pool must have are ambiguous: an operator needs a running broker to say what they are. */
function awaitsOperator({ ambiguous, opener }: Start, policy: PoolPolicy): boolean {
  const wanted = wantedPorts(policy);
  const found = ambiguous.find((record) => wanted !== null && sharedPorts(record, wanted) !== null);
  if (found === undefined) return false;
  opener.log.warn(
    "the pool has no ports until the ambiguous block in their place is adopted, or deleted and the ports reserved anew",
    { pool: policy.name, blockId: found.blockId },
  );
  return true;
}

function wantedPorts({ startPort, size, protocol }: PoolPolicy): WantedPorts | null {
  const ports = startPort === null ? null : portRange(startPort, size);
  return ports === null ? null : { protocol, ports };
}

function sayKindStays(log: Log, { name, kind }: PoolPolicy, stays: ReservationKind): void {
  log.warn(
    `kind auto is ${kind} now, but the block of the pool has leases and stays ${stays}; start the broker again without ` +
      "leases, or with the rights that it had before",
    { pool: name, kind: stays },
  );
}

function sayDrained(log: Log, { blockId, ports }: BlockRecord): void {
  log.warn("block is not configured any more: no new leases from it", {
    blockId,
    ports: formatPortRange(ports),
  });
}

/** Turns what went wrong into the reason why the broker does not start; `record` is the block that it is about. */
async function refusing<T>(work: () => Promise<T>, record?: BlockRecord): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof StoreError)
      throw new StartError("CANNOT_OPEN_STORE", error.message, error);
    const what =
      record === undefined
        ? ""
        : `block ${record.blockId} (${record.kind}, ports ${formatPortRange(record.ports)}) cannot be brought back: `;
    throw new StartError("CANNOT_RESERVE", `${what}${error.message}`, error);
  }
}
