// Writes a database file that holds exactly the entries given and no history, as a repair or an import leaves it. Leaves the
// files beside it to replace-store.ts.

import { digestText, entryChecksum, toggled } from "./checksum.js";
import { createPrivateFile } from "./data-directory.js";
import { pageBytes } from "./database-header.js";
import { newHead, prepareHeadWrite, writeHead } from "./head.js";
import { createTables } from "./schema.js";
import type { SqliteApi } from "./sqlite-api.js";
import { syncFile } from "./sync-directory.js";

export interface NewDatabase {
  /** The next change has the one after it. */
  readonly revision: number;
  /** 64 hexadecimal digits; `null` makes a new one. */
  readonly brokerSecret: string | null;
  /** The keys differ. */
  readonly entries: readonly { readonly key: string; readonly value: string }[];
}

/** On disk when it returns. `path` must not exist, or be empty. Throws whatever SQLite throws. */
export function writeDatabase(
  api: SqliteApi,
  path: string,
  { revision, brokerSecret, entries }: NewDatabase,
): void {
  createPrivateFile(path);
  const database = api.open(path);
  try {
    // Without a log of its own, so that the file alone is the store.
    database.exec(
      `PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL;`,
    );
    database.exec("BEGIN IMMEDIATE");
    createTables(database);
    const insert = database.prepare("INSERT INTO entries VALUES (?, ?, ?)");
    let digest = 0n;
    for (const { key, value } of entries) {
      const checksum = entryChecksum(key, value);
      insert.run(key, value, checksum);
      digest = toggled(digest, checksum);
    }
    const fresh = newHead(revision);
    // The chain starts from a secret of its own, so no two stores share one, not even with one broker secret.
    writeHead(prepareHeadWrite(database), {
      ...fresh,
      brokerSecret: brokerSecret ?? fresh.brokerSecret,
      entryCount: entries.length,
      entryDigest: digestText(digest),
    });
    database.exec("COMMIT");
  } finally {
    database.close();
  }
  syncFile(path);
}
