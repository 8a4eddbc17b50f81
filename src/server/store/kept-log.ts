// Keeps the evidence when a start is refused: SQLite empties and deletes the write-ahead log when it closes a database, and
// with it the damaged part that it ignored. The log is put back afterwards, which changes nothing: its recovered part is then
// in the database file and in the log, with the same content.

import { copyFileSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import type { DataDirectory } from "./data-directory.js";

/** Call it before a database that was only read since it was opened is closed. A no-op when there is no log. */
export function keepLog(directory: DataDirectory): void {
  const hasLog = existsSync(directory.walPath) && statSync(directory.walPath).size > 0;
  if (hasLog) copyFileSync(directory.walPath, directory.keptLogPath);
}

/** Call it while no database is open. Also finishes what a killed process began. A no-op when nothing was kept. */
export function restoreKeptLog(directory: DataDirectory): void {
  if (!existsSync(directory.keptLogPath)) return;
  // A log that SQLite did not delete is the original.
  if (existsSync(directory.walPath)) rmSync(directory.keptLogPath);
  else renameSync(directory.keptLogPath, directory.walPath);
}
