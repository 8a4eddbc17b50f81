// A store in front of another: a test can hold commits back, and fail them before or after they land.

import type { LeaseStore } from "#server/domain/boundaries.js";
import type { SealedChange, StoredState } from "#server/domain/records.js";

export class ScriptedStore implements LeaseStore {
  readonly #inner: LeaseStore;
  readonly batches: (readonly SealedChange[])[] = [];
  /** "before": the commit is refused; "after": it lands and is reported as failed. */
  failure: "none" | "before" | "after" = "none";
  probeFails = false;
  #gate: { readonly opened: Promise<void>; open(): void } | null = null;

  constructor(inner: LeaseStore) {
    this.#inner = inner;
  }

  /** Holds every commit until `open` is called. */
  hold(): { open(): void } {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gate = { opened, open };
    return {
      open: () => {
        this.#gate = null;
        open();
      },
    };
  }

  load(): Promise<StoredState> {
    return this.#inner.load();
  }

  async commit(batch: readonly SealedChange[]): Promise<void> {
    this.batches.push(batch);
    await this.#gate?.opened;
    if (this.failure === "before") throw new Error("no space left on device");
    await this.#inner.commit(batch);
    if (this.failure === "after") throw new Error("input/output error");
  }

  async probe(): Promise<void> {
    if (this.probeFails || this.failure !== "none") throw new Error("still broken");
    await this.#inner.probe();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
