// The thread of an export: opens a private copy of a store as a broker would, and gives out what is in it.

import { parentPort, workerData } from "node:worker_threads";
import { dataDirectoryAt } from "./data-directory.js";
import { loadSqliteApi } from "./sqlite-api.js";
import { StoreDatabase } from "./store-database.js";

const { copy, nowWallMs } = workerData as { readonly copy: string; readonly nowWallMs: number };
/** Nothing is committed, so that no history is dropped. */
const retention = { countMax: Infinity, ageMaxMs: Infinity };
const database = new StoreDatabase(await loadSqliteApi(), dataDirectoryAt(copy), retention);
const rows = database.load(nowWallMs);
database.close();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(rows);
