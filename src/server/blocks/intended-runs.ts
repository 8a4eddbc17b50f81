// The intents of one block in the making (semantics.md 14): every run that is about to be reserved is on disk before it is.
// In the end at most the block's own stays.

import type { BlockLedger, PortRun } from "../domain/boundaries.js";
import type { BlockRecord } from "../domain/records.js";

export class IntendedRuns {
  readonly #ledger: BlockLedger;
  readonly #recordFor: (run: PortRun) => BlockRecord;
  readonly #intended = new Map<number, BlockRecord>();

  /** `recordFor` makes the record of a run, of stage "intended". */
  constructor(ledger: BlockLedger, recordFor: (run: PortRun) => BlockRecord) {
    this.#ledger = ledger;
    this.#recordFor = recordFor;
  }

  /** Resolves when the intent is on disk; a no-op for a run that is intended already. */
  async add(run: PortRun): Promise<void> {
    if (this.#intended.has(run.firstPort)) return;
    const record = this.#recordFor(run);
    // Remembered first: a commit that failed may be on disk all the same.
    this.#intended.set(run.firstPort, record);
    await this.#ledger.record(record);
  }

  /** Those that nothing was decided on yet. */
  get records(): readonly BlockRecord[] {
    return [...this.#intended.values()];
  }

  /** The run is still reserved, or perhaps: its record stays. Returns the record. */
  leave(run: PortRun): BlockRecord {
    const record = this.#intended.get(run.firstPort) ?? this.#recordFor(run);
    this.#intended.delete(run.firstPort);
    return record;
  }

  /** Drops all intents but that of `kept`: nothing is reserved for them. */
  async drop(kept: PortRun | null): Promise<void> {
    for (const [firstPort, record] of this.#intended) {
      if (firstPort !== kept?.firstPort) await this.#ledger.forget(record.blockId);
      this.#intended.delete(firstPort);
    }
  }
}
