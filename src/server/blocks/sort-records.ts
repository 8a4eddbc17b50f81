// Decides at start what becomes of each recorded block: it comes back, goes back to the operating system, or is ambiguous and
// waits for an operator (semantics.md 14). Intents for which nothing was made are dropped here.

import type { BlockLedger } from "../domain/boundaries.js";
import { formatPortRange } from "../domain/port-range.js";
import type { BlockRecord, StoredState } from "../domain/records.js";
import type { Log } from "../log.js";
import type { LastingReservations } from "./lasting-reservations.js";

export interface SortedRecords {
  /** Reserved for sure. */
  readonly created: readonly BlockRecord[];
  readonly ambiguous: readonly BlockRecord[];
}

export async function sortRecords(
  { blocks, leases }: Pick<StoredState, "blocks" | "leases">,
  lasting: Pick<LastingReservations, "has">,
  ledger: BlockLedger,
  log: Log,
): Promise<SortedRecords> {
  const leased = new Set(leases.map(({ blockId }) => blockId));
  const created: BlockRecord[] = [];
  const ambiguous: BlockRecord[] = [];
  for (const record of blocks) {
    const { blockId } = record;
    const ports = formatPortRange(record.ports);
    if (record.stage === "created") {
      created.push(record);
    } else if (leased.has(blockId)) {
      // A lease proves that the block was the broker's own.
      const proven = { ...record, stage: "created" as const };
      await ledger.record(proven);
      created.push(proven);
    } else if ((await lasting.has(record)) === false) {
      log.info("the broker had stopped before it reserved this block: the intent is dropped", {
        blockId,
        ports,
      });
      await ledger.forget(blockId);
    } else {
      // There, or perhaps there: never deleted and never used without an operator.
      log.warn(
        "a block is ambiguous: the broker stopped while it reserved it, and the reservation may be somebody else's; " +
          'see "portlease blocks" for what to do',
        { blockId, ports },
      );
      ambiguous.push(record);
    }
  }
  return { created, ambiguous };
}
