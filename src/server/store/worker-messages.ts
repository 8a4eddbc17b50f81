// What the main thread and the database thread say to each other. Text and numbers only, in few and flat arrays, because
// each object in a message costs about as much as writing its row.

import type { ChangeSearch } from "../domain/lease-history.js";
import type { FoundRows } from "./change-search.js";
import type { ChangeRetention, EncodedBatch } from "./commit-writer.js";
import type { ChangeRows, LoadedRows } from "./store-database.js";
import type { StoreErrorCode } from "./store-error.js";

/** Given to the thread when it starts. */
export interface WorkerSettings {
  readonly dataDirectory: string;
  readonly retention: ChangeRetention;
  /** After so long without a request nobody waits for the thread, most likely. */
  readonly quietMs: number;
}

export type WorkerRequest =
  | { readonly kind: "load"; readonly nowWallMs: number }
  | { readonly kind: "commit"; readonly batch: EncodedBatch }
  | { readonly kind: "read-changes"; readonly afterRevision: number; readonly countMax: number }
  | {
      readonly kind: "search-changes";
      readonly search: ChangeSearch;
      readonly afterRevision: number;
      readonly countMax: number;
    }
  | { readonly kind: "retain"; readonly retention: ChangeRetention }
  | { readonly kind: "close" };

/** The `result` of each kind of request. */
export interface WorkerResults {
  readonly load: LoadedRows;
  readonly commit: undefined;
  readonly "read-changes": ChangeRows;
  readonly "search-changes": FoundRows;
  readonly retain: undefined;
  readonly close: undefined;
}

/** One reply per request, in the same order. */
export type WorkerReply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: StoreErrorCode; readonly message: string };
