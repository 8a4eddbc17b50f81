// The least that a restart can take: all entries of the store read and decoded, nothing checked and nothing built of them.

import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { decodeEntries } from "#server/store/record-decode.js";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { dataParent } from "../servers/data-parent.js";

/** Reads a copy, so that the store stays as it was left. Resolves with ms. Rejects when there are not so many leases. */
export async function readStore(dataDirectory: string, leases: number): Promise<number> {
  const sqlite = await loadSqliteApi();
  const copy = mkdtempSync(join(dataParent, "bench-copy-"));
  try {
    copyFiles(dataDirectory, copy);
    const path = dataDirectoryAt(copy).databasePath;
    const startMs = performance.now();
    const database = sqlite.open(path);
    const rows = database.prepare("SELECT key, value FROM entries").all() as readonly {
      readonly key: string;
      readonly value: string;
    }[];
    const keys = rows.map(({ key }) => key);
    const values = rows.map(({ value }) => value);
    const entries = decodeEntries(keys, values, copy);
    const tookMs = performance.now() - startMs;
    database.close();
    if (entries.leases.length !== leases) {
      throw new Error(`the store has ${entries.leases.length} of ${leases} leases`);
    }
    return tookMs;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Files only: a socket cannot be copied. */
function copyFiles(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile()) cpSync(join(from, entry.name), join(to, entry.name));
  }
}
