// Up to where a source has followed etcd, and whether that etcd is still the same: one that was restored from a backup, or emptied,
// counts its revisions anew, and a watch from a revision of before would wait in silence or miss what is different.
// https://etcd.io/docs/v3.5/op-guide/recovery/#restoring-a-cluster

import { type Etcd, EtcdError, type KeyValue } from "../../../etcd/etcd.js";

export class WatchPosition {
  readonly #etcd: Pick<Etcd, "range">;
  #revision: bigint | null = null;
  /** A key that was put, and at which revision: another history does not have the same. */
  #mark: { readonly key: string; readonly revision: bigint } | null = null;

  constructor(etcd: Pick<Etcd, "range">) {
    this.#etcd = etcd;
  }

  /** Everything up to this revision was told. */
  reached(revision: bigint): void {
    if (this.#revision === null || revision > this.#revision) this.#revision = revision;
  }

  sawPut({ key, modRevision }: KeyValue): void {
    if (this.#mark === null || modRevision >= this.#mark.revision) {
      this.#mark = { key, revision: modRevision };
    }
  }

  /** What is known is of no use any more. */
  forget(): void {
    this.#revision = null;
    this.#mark = null;
  }

  /** The revision to watch from; `null`: everything must be read anew. Rejects with EtcdError when etcd does not answer. */
  async resume(): Promise<bigint | null> {
    if (this.#revision === null || this.#mark === null) return null;
    const { key, revision } = this.#mark;
    try {
      const { entries } = await this.#etcd.range({ prefix: key, limit: 1, revision });
      return entries[0]?.key === key && entries[0].modRevision === revision
        ? this.#revision + 1n
        : null;
    } catch (error) {
      // Compacted away, or a revision that is yet to come.
      if (error instanceof EtcdError && ["compacted", "refused"].includes(error.code)) return null;
      throw error;
    }
  }
}
