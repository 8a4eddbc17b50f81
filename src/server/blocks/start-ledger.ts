// Writes block records before there is a lease core: at start blocks are reserved first, and the core begins at the revision
// that this ledger ends with.

import type { BlockLedger, Clock, LeaseStore } from "../domain/boundaries.js";
import type { BlockRecord, Change } from "../domain/records.js";

export class StartLedger implements BlockLedger {
  readonly #store: Pick<LeaseStore, "commit">;
  readonly #clock: Pick<Clock, "wallMs">;
  #revision: number;

  /** `revision` is the last one on disk. One call at a time: each waits for the disk. */
  constructor(store: Pick<LeaseStore, "commit">, clock: Pick<Clock, "wallMs">, revision: number) {
    this.#store = store;
    this.#clock = clock;
    this.#revision = revision;
  }

  /** The revision of the last change that is on disk. */
  get revision(): number {
    return this.#revision;
  }

  record(block: BlockRecord): Promise<void> {
    return this.#commit({ type: "block_changed", block });
  }

  forget(blockId: string): Promise<void> {
    return this.#commit({ type: "block_removed", blockId });
  }

  /** A start that cannot write ends, and the next one decides on what it finds. */
  forgetOnceWritable(): void {}

  /** After a rejected commit the store must be read again, so a start that sees one ends. */
  async #commit(change: Change): Promise<void> {
    const revision = this.#revision + 1;
    await this.#store.commit([{ revision, wallMs: this.#clock.wallMs(), change }]);
    this.#revision = revision;
  }
}
