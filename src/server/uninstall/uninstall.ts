// Takes back what outlives the broker (semantics.md 21): every recorded reservation, then the data. A record goes only after
// its reservation, so that a second attempt finds what the first one could not remove. Tells nobody: it returns what it did.

import { type LastingReservations, outlivesBroker } from "../blocks/lasting-reservations.js";
import type { BlockLedger } from "../domain/boundaries.js";
import type { BlockRecord } from "../domain/records.js";

/** What becomes of a recorded block. */
export type UninstallOutcome =
  | { readonly state: "removed" }
  /** Nothing of it is with the operating system: it ended with the broker, or somebody removed it. */
  | { readonly state: "absent" }
  /** It may be somebody else's reservation (semantics.md 14), and nobody said to remove those too. */
  | { readonly state: "ambiguous" }
  | { readonly state: "failed"; readonly reason: string };

export interface UninstalledBlock {
  readonly record: BlockRecord;
  readonly outcome: UninstallOutcome;
}

/** Removes what the records tell of, one after the other; a failure does not stop the others. Rejects with StoreError only. */
export async function removeRecorded(
  records: readonly BlockRecord[],
  lasting: Pick<LastingReservations, "has" | "remove">,
  ledger: BlockLedger,
  includeAmbiguous: boolean,
): Promise<readonly UninstalledBlock[]> {
  const done: UninstalledBlock[] = [];
  for (const record of records) {
    const outcome: UninstallOutcome =
      !includeAmbiguous && (await isAmbiguous(record, lasting))
        ? { state: "ambiguous" }
        : await removeOne(record, lasting);
    if (isGone(outcome)) await ledger.forget(record.blockId);
    done.push({ record, outcome });
  }
  return done;
}

export function isGone({ state }: UninstallOutcome): boolean {
  return state === "removed" || state === "absent";
}

/** Whether the broker stopped before it knew that the reservation was its own, and one is there, or perhaps. */
async function isAmbiguous(
  record: BlockRecord,
  lasting: Pick<LastingReservations, "has">,
): Promise<boolean> {
  if (record.stage !== "intended" || !outlivesBroker(record.kind)) return false;
  return (await lasting.has(record)) !== false;
}

async function removeOne(
  record: BlockRecord,
  lasting: Pick<LastingReservations, "remove">,
): Promise<UninstallOutcome> {
  try {
    const count = await lasting.remove(record);
    return { state: count > 0 ? "removed" : "absent" };
  } catch (error) {
    return { state: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}
