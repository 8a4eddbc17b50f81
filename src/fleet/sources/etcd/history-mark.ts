// Tells whether an etcd that was away and is back is still the one that was followed. One that was restored from a backup, or
// emptied, counts its revisions anew: when it has come further than before, a watch goes on as if nothing had been.
// https://etcd.io/docs/v3.5/op-guide/recovery/#restoring-a-cluster

import { type Etcd, EtcdError, type KeyValue } from "../../../etcd/etcd.js";

export class HistoryMark {
  readonly #etcd: Pick<Etcd, "range">;
  /** A key that was put, and at which revision: another history does not have the same. */
  #put: { readonly key: string; readonly revision: bigint } | null = null;

  constructor(etcd: Pick<Etcd, "range">) {
    this.#etcd = etcd;
  }

  sawPut({ key, modRevision }: KeyValue): void {
    if (this.#put === null || modRevision >= this.#put.revision) {
      this.#put = { key, revision: modRevision };
    }
  }

  clear(): void {
    this.#put = null;
  }

  /** "compacted": it cannot be told any more, or etcd has not come that far. Rejects with EtcdError when etcd does not answer. */
  async verdict(): Promise<"same" | "other" | "compacted"> {
    // Nothing was ever seen there, so that nothing can be wrong.
    if (this.#put === null) return "same";
    const { key, revision } = this.#put;
    try {
      const { entries } = await this.#etcd.range({ prefix: key, limit: 1, revision });
      const [entry] = entries;
      return entry?.key === key && entry.modRevision === revision ? "same" : "other";
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      if (error.code === "compacted") return "compacted";
      throw error;
    }
  }
}
