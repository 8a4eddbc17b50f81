// The broker's own listening ports, where ordinary listeners can be shut out of theirs (semantics.md 20): each reserved like a
// block of one port, recorded, adopted at the next start. Nothing is ever leased from them.

import type { BlockLedger, BlockReservation } from "../domain/boundaries.js";
import type { BlockRecord } from "../domain/records.js";
import type { Log } from "../log.js";
import { StoreError } from "../store/store-error.js";
import type { AutoKind } from "./auto-kind.js";
import type { BlockMaker } from "./block-maker.js";
import type { LastingReservations } from "./lasting-reservations.js";
import { ownPool } from "../domain/own-pool.js";
import { formatPortRange } from "../domain/port-range.js";
import { sharedPorts } from "../domain/shared-ports.js";
import { sortRecords } from "./sort-records.js";

export interface OwnPortParts {
  readonly maker: BlockMaker;
  readonly lasting: Pick<LastingReservations, "has" | "remove">;
  readonly ledger: BlockLedger;
  readonly autoKind: AutoKind;
  readonly log: Log;
}

export type OwnPort =
  /** Listen as any server does. */
  | { readonly state: "ordinary" }
  | { readonly state: "reserved"; readonly reservation: BlockReservation }
  /** `error` is for people: somebody else has the port, or the host keeps it for itself. */
  | { readonly state: "refused"; readonly error: Error };

export interface OwnPortsStart {
  /** By port; a port that the operating system picks, 0, is ordinary. */
  readonly ownPorts: ReadonlyMap<number, OwnPort>;
  /** Records that an operator must decide on, as for pools. */
  readonly ambiguous: readonly BlockRecord[];
}

/**
 * `ports` are different from each other; 0, picked by the operating system, needs no reservation. Gives back what was reserved for
 * other ports before. Rejects with StoreError only: a port that cannot be reserved is an answer.
 */
export async function reserveOwnPorts(
  parts: OwnPortParts,
  ports: readonly number[],
  records: readonly BlockRecord[],
): Promise<OwnPortsStart> {
  const { lasting, ledger, log, autoKind } = parts;
  const own = { blocks: records.filter(({ pool }) => pool === ownPool), leases: [] };
  const { created, ambiguous } = await sortRecords(own, lasting, ledger, log);
  const found = new Map<number, BlockRecord>();
  for (const record of created) {
    const { firstPort } = record.ports;
    if (ports.includes(firstPort) && record.kind === autoKind.kind) found.set(firstPort, record);
    else await giveBack(parts, record);
  }
  const left: BlockRecord[] = [];
  const ownPorts = new Map<number, OwnPort>();
  for (const port of ports) {
    const before = { record: found.get(port) ?? null, records, ambiguous };
    ownPorts.set(port, await reserve(parts, port, before, left));
  }
  return { ownPorts, ambiguous: [...ambiguous, ...left] };
}

interface Before {
  /** Of this very port; `null`: it was not reserved. */
  readonly record: BlockRecord | null;
  readonly records: readonly BlockRecord[];
  readonly ambiguous: readonly BlockRecord[];
}

/** `left` gets what is left behind for an operator. */
async function reserve(
  { maker, ledger, autoKind }: OwnPortParts,
  port: number,
  { record: found, records, ambiguous }: Before,
  left: BlockRecord[],
): Promise<OwnPort> {
  if (port === 0) return { state: "ordinary" };
  // A port may be leased there, and blocks that end with their process are not back yet.
  const inPool = records.find((record) => record.pool !== ownPool && hasTcpPort(record, port));
  if (inPool !== undefined) return { state: "refused", error: inBlock(port, inPool) };
  try {
    if (found !== null) {
      const { reservation } = await maker.restore(found, new Set());
      return { state: "reserved", reservation };
    }
    const wanted = {
      pool: ownPool,
      protocol: "tcp",
      kind: autoKind.kind,
      kindIsAuto: true,
      isolation: "shared",
      firstPort: port,
      pick: "auto",
      portCount: 1,
      origin: "configured",
      knownIds: new Set(ambiguous.map(({ blockId }) => blockId)),
    } as const;
    const { reservation } = await maker.make(wanted, ledger, (record) => left.push(record));
    return { state: "reserved", reservation };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof StoreError) throw error;
    return { state: "refused", error };
  }
}

function hasTcpPort(record: BlockRecord, port: number): boolean {
  return (
    sharedPorts(record, { protocol: "tcp", ports: { firstPort: port, lastPort: port } }) !== null
  );
}

function inBlock(port: number, { blockId, ports }: BlockRecord): Error {
  return new Error(
    `port ${port} is in block ${blockId} (ports ${formatPortRange(ports)}) of this broker; listen on a port beside it`,
  );
}

/** Tried again at the next start, because its record stays. */
async function giveBack(
  { lasting, ledger, log }: OwnPortParts,
  record: BlockRecord,
): Promise<void> {
  try {
    await lasting.remove(record);
  } catch (error) {
    const port = record.ports.firstPort;
    log.warn("a port that the broker listened on before could not be given back", { port, error });
    return;
  }
  await ledger.forget(record.blockId);
}
