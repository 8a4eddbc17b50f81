// The thread of an import: writes the new database.

import { parentPort, workerData } from "node:worker_threads";
import { writeDatabase } from "./new-database.js";
import type { NewDatabase } from "./new-database.js";
import { loadSqliteApi } from "./sqlite-api.js";

export interface ImportInput {
  readonly path: string;
  readonly database: NewDatabase;
}

const { path, database } = workerData as ImportInput;
writeDatabase(await loadSqliteApi(), path, database);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage("written");
