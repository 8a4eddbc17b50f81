// Which blocks are being drained, as the fleet was told with their leases.

import type { LeaseRecord } from "../domain/records.js";

/** What of the core is looked at. */
export interface DrainSource {
  readonly blocks: {
    readonly served: readonly {
      readonly record: { readonly blockId: string; readonly draining: boolean };
    }[];
  };
  recordedLeases(): Iterable<{ readonly record: LeaseRecord }>;
}

export class DrainingBlocks {
  readonly #source: DrainSource;
  #ids: ReadonlySet<string> = new Set();

  constructor(source: DrainSource) {
    this.#source = source;
  }

  has(blockId: string): boolean {
    return this.#ids.has(blockId);
  }

  /** Looks anew. Returns the leases of blocks that are told otherwise from now on. */
  refresh(): readonly LeaseRecord[] {
    const before = this.#ids;
    const draining = this.#source.blocks.served.filter(({ record }) => record.draining);
    const now = new Set(draining.map(({ record }) => record.blockId));
    this.#ids = now;
    const changed = new Set([...before, ...now].filter((id) => before.has(id) !== now.has(id)));
    if (changed.size === 0) return [];
    const leases = [...this.#source.recordedLeases()];
    return leases.map(({ record }) => record).filter(({ blockId }) => changed.has(blockId));
  }
}
