// The broker's own listening port, where ordinary listeners can be shut out of theirs (semantics.md 20): reserved like a block
// of one port, recorded, adopted at the next start. Nothing is ever leased from it.

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

export interface OwnPortStart {
  readonly ownPort: OwnPort;
  /** Records that an operator must decide on, as for pools. */
  readonly ambiguous: readonly BlockRecord[];
}

/**
 * `port` 0, picked by the operating system, needs no reservation. Gives back what was reserved for another port before.
 * Rejects with StoreError only: a port that cannot be reserved is an answer.
 */
export async function reserveOwnPort(
  parts: OwnPortParts,
  port: number,
  records: readonly BlockRecord[],
): Promise<OwnPortStart> {
  const { lasting, ledger, log, autoKind, maker } = parts;
  const own = { blocks: records.filter(({ pool }) => pool === ownPool), leases: [] };
  const { created, ambiguous } = await sortRecords(own, lasting, ledger, log);
  let found: BlockRecord | null = null;
  for (const record of created) {
    const isTheOne = record.ports.firstPort === port && record.kind === autoKind.kind;
    if (isTheOne) found = record;
    else await giveBack(parts, record);
  }
  const answer = (ownPort: OwnPort): OwnPortStart => ({
    ownPort,
    ambiguous: [...ambiguous, ...left],
  });
  const left: BlockRecord[] = [];
  if (port === 0) return answer({ state: "ordinary" });
  // A port may be leased there, and blocks that end with their process are not back yet.
  const inPool = records.find((record) => record.pool !== ownPool && hasTcpPort(record, port));
  if (inPool !== undefined) return answer({ state: "refused", error: inBlock(port, inPool) });
  try {
    if (found !== null) {
      const { reservation } = await maker.restore(found, new Set());
      return answer({ state: "reserved", reservation });
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
    return answer({ state: "reserved", reservation });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof StoreError) throw error;
    return answer({ state: "refused", error });
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
