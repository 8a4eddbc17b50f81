// A LeaseStore in memory, for tests and throwaway brokers. Keeps records encoded as the durable store does, so that what
// comes back from `load` is never the object that went in. Failures are scripted; nothing fails by itself.

import { createHash } from "node:crypto";
import type { LeaseStore } from "../domain/boundaries.js";
import {
  type ChangeSearch,
  type FoundChanges,
  isWanted,
  type LeaseHistory,
  type RetainedChanges,
} from "../domain/lease-history.js";
import type { SealedChange, StoredState } from "../domain/records.js";
import { encodeChange } from "./record.js";
import { decodeEntries } from "./record-decode.js";
import { failed, StoreError } from "./store-error.js";
import type { StoreErrorCode } from "./store-error.js";

export interface MemoryStoreOptions {
  /** The revision before the first change; 0 unless told. */
  readonly firstRevision?: number;
  /** 32 bytes; the same ones in every store unless told, so that tests repeat. */
  readonly brokerSecret?: Uint8Array;
}

const place = "memory";

export class MemoryStore implements LeaseStore, LeaseHistory {
  readonly #brokerSecret: Uint8Array;
  readonly #entries = new Map<string, string>();
  readonly #changes: SealedChange[] = [];
  #revision: number;
  #baseRevision: number;
  #mustLoad = false;
  #closed = false;
  #nextCommitFails: { readonly landed: boolean; readonly code: StoreErrorCode } | null = null;
  #probesToFail = 0;
  #loadsToFail = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.#revision = options.firstRevision ?? 0;
    this.#baseRevision = this.#revision;
    this.#brokerSecret =
      options.brokerSecret ?? createHash("sha256").update("a secret for tests").digest();
  }

  /** All changes that landed, oldest first. */
  get changes(): readonly SealedChange[] {
    return this.#changes;
  }

  /** Rejects the next commit: "before" it lands nothing is kept of it, "after" all of it. */
  failNextCommit(when: "before" | "after", code: StoreErrorCode = "DISK_FULL"): void {
    this.#nextCommitFails = { landed: when === "after", code };
  }

  failNextProbes(count: number): void {
    this.#probesToFail = count;
  }

  failNextLoads(count: number): void {
    this.#loadsToFail = count;
  }

  async load(): Promise<StoredState> {
    this.#closed = false;
    if (this.#loadsToFail > 0) {
      this.#loadsToFail--;
      throw scripted("STORE_FAILED");
    }
    this.#mustLoad = false;
    const entries = [...this.#entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const keys = entries.map(([key]) => key);
    const values = entries.map(([, value]) => value);
    return {
      revision: this.#revision,
      brokerSecret: Uint8Array.from(this.#brokerSecret),
      ...decodeEntries(keys, values, place),
    };
  }

  async commit(batch: readonly SealedChange[]): Promise<void> {
    if (batch.length === 0) return;
    if (this.#closed || this.#mustLoad) {
      throw failed(place, "writing", "it must be loaded first");
    }
    const failure = this.#nextCommitFails;
    this.#nextCommitFails = null;
    this.#mustLoad = true;
    if (failure?.landed !== false) this.#apply(batch);
    if (failure !== null) throw scripted(failure.code);
    this.#mustLoad = false;
  }

  /** Forgets the changes up to a revision, as retention does. */
  forgetChanges(baseRevision: number): void {
    this.#baseRevision = baseRevision;
  }

  async readChanges(afterRevision: number, countMax: number): Promise<RetainedChanges> {
    const changes = this.#kept(afterRevision).slice(0, countMax);
    return { baseRevision: this.#baseRevision, changes };
  }

  async searchChanges(
    search: ChangeSearch,
    afterRevision: number,
    countMax: number,
  ): Promise<FoundChanges> {
    const wanted = this.#kept(afterRevision).filter((change) => isWanted(change, search));
    const changes = wanted.slice(0, countMax);
    const complete = changes.length === wanted.length;
    return {
      changes,
      complete,
      searchedTo: complete ? this.#revision : (changes.at(-1)?.revision ?? afterRevision),
      oldestWallMs: this.#kept(0)[0]?.wallMs ?? null,
    };
  }

  async probe(): Promise<void> {
    if (this.#probesToFail === 0) return;
    this.#probesToFail--;
    throw scripted("DISK_FULL");
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #kept(afterRevision: number): readonly SealedChange[] {
    const after = Math.max(afterRevision, this.#baseRevision);
    return this.#changes.filter(({ revision }) => revision > after);
  }

  #apply(batch: readonly SealedChange[]): void {
    const encoded = batch.map((sealed, index) => {
      if (sealed.revision !== this.#revision + 1 + index) {
        throw failed(place, "writing", `revision ${sealed.revision} does not follow`);
      }
      return encodeOrFail(sealed);
    });
    for (const { key, value } of encoded.flatMap(({ writes }) => writes)) {
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
    this.#changes.push(...batch);
    this.#revision += batch.length;
  }
}

function encodeOrFail({ revision, change }: SealedChange): ReturnType<typeof encodeChange> {
  try {
    return encodeChange(change);
  } catch (error) {
    throw failed(place, `encoding change ${revision}`, error);
  }
}

function scripted(code: StoreErrorCode): StoreError {
  return new StoreError(code, `the test asked for ${code}; there is nothing to do`);
}
