// What can be said of the files of a store before SQLite opens them. Once it is open, SQLite has already acted on its own
// reading of the log.

import { databaseExists, databaseHeaderDamage } from "./database-header.js";
import type { DataDirectory } from "./data-directory.js";
import type { DamageReport } from "./verify.js";
import { checkWal } from "./wal-check.js";
import { readWatermark } from "./watermark.js";
import type { WatermarkState } from "./watermark.js";

export interface StoreFiles {
  readonly watermark: WatermarkState;
  /** See wal-check.ts. */
  readonly doubtfulEnd: boolean;
}

/** Call it while nobody has the database open. Changes nothing. */
export function checkStoreFiles(directory: DataDirectory, report: DamageReport): StoreFiles {
  const watermark = readWatermark(directory.watermarkPath);
  const header = databaseHeaderDamage(directory.databasePath);
  if (header !== null) report("files", header);
  // SQLite deletes a log without a database, so this comes before it is asked.
  if (watermark.state !== "missing" && !databaseExists(directory.databasePath)) {
    report("files", `the database file ${directory.databasePath} is missing or empty`);
  }
  const log = checkWal(directory.walPath);
  if (log.damage !== null) report("log", log.damage);
  return { watermark, doubtfulEnd: log.doubtfulEnd };
}
