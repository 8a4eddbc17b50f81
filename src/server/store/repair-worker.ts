// The thread of a repair: salvages a private copy of a store into a new database file.

import { parentPort, workerData } from "node:worker_threads";
import { dataDirectoryAt } from "./data-directory.js";
import { Salvage } from "./salvage.js";
import { loadSqliteApi } from "./sqlite-api.js";

export interface RepairInput {
  /** The private copy; scratch files are made in it. */
  readonly copy: string;
  /** Where the new database goes; there must be no such file. */
  readonly newPath: string;
  readonly nowWallMs: number;
}

const { copy, newPath, nowWallMs } = workerData as RepairInput;
const salvage = new Salvage(await loadSqliteApi(), dataDirectoryAt(copy));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(salvage.writeTo(newPath, nowWallMs));
