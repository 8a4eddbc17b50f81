// Loads many copies of a store, as a starting broker would, in threads of their own. A thread takes a portion and ends, because
// with @photostructure/sqlite only that closes its files.

import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { decodeEntries } from "#server/store/record-decode.js";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import { restoreKeptLog } from "#server/store/kept-log.js";
import { StoreDatabase } from "#server/store/store-database.js";
import { StoreError } from "#server/store/store-error.js";

/** What a start on the directory did: the code it was refused with, or what it loaded. */
export type LoadOutcome =
  | { readonly refused: string; readonly message: string }
  | {
      readonly refused: null;
      readonly revision: number;
      readonly brokerSecret: string;
      readonly entries: readonly (readonly [key: string, value: string])[];
      readonly warnings: readonly string[];
    };

const directoriesPerThread = 40;
const changesRetainedMax = 1_000;

/** In the order of the directories. */
export async function loadAll(directories: readonly string[]): Promise<LoadOutcome[]> {
  const outcomes: LoadOutcome[] = [];
  for (let first = 0; first < directories.length; first += directoriesPerThread) {
    const portion = directories.slice(first, first + directoriesPerThread);
    outcomes.push(...(await loadPortion(portion)));
    for (const directory of portion) restoreKeptLog(dataDirectoryAt(directory));
  }
  return outcomes;
}

async function loadPortion(directories: readonly string[]): Promise<LoadOutcome[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: directories });
  return new Promise((resolve, reject) => {
    let outcomes: LoadOutcome[] = [];
    worker.on("message", (message: LoadOutcome[]) => {
      outcomes = message;
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve(outcomes));
  });
}

async function loadHere(directories: readonly string[]): Promise<LoadOutcome[]> {
  const api = await loadSqliteApi();
  return directories.map((directory) => {
    const database = new StoreDatabase(api, dataDirectoryAt(directory), {
      countMax: changesRetainedMax,
      ageMaxMs: Infinity,
    });
    try {
      const rows = database.load(Date.UTC(2026, 10, 23));
      decodeEntries(rows.keys, rows.values, directory);
      database.close();
      return {
        refused: null,
        revision: rows.revision,
        brokerSecret: rows.brokerSecret,
        entries: rows.keys.map((key, index) => [key, rows.values[index] ?? ""] as const),
        warnings: rows.warnings,
      };
    } catch (error) {
      if (error instanceof StoreError) return { refused: error.code, message: error.message };
      throw error;
    }
  });
}

if (!isMainThread) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(await loadHere(workerData as string[]));
}
