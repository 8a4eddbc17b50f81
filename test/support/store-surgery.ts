// Looks into a closed store behind its back, and changes it as only damage or another version would.

import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { entryChecksum, digestText, toggled } from "#server/store/checksum.js";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { prepareHeadWrite, readHead, writeHead } from "#server/store/head.js";
import { loadSqliteApi } from "#server/store/sqlite-api.js";
import { fill, openStore } from "./store-snapshot.js";

export interface StoredEntry {
  readonly key: string;
  readonly value: string;
  readonly checksum: string;
}

/** Makes a store with a past of so many batches, and closes it. */
export async function writeStore(directory: string, commitCount: number): Promise<void> {
  const store = await openStore(directory);
  await fill(store, commitCount);
  await store.close();
}

/** The rows as they are on disk, in key order. */
export async function entriesIn(directory: string): Promise<readonly StoredEntry[]> {
  return inThread(directory, null);
}

/** Writes other entries instead; the head row vouches for them afterwards. */
export async function editEntries(
  directory: string,
  change: (entry: StoredEntry) => StoredEntry,
): Promise<void> {
  await inThread(directory, (await entriesIn(directory)).map(change));
}

interface Task {
  readonly directory: string;
  readonly entries: readonly StoredEntry[] | null;
}

/** Only the end of a thread closes a database for sure; see StoreDatabase.close. */
function inThread(
  directory: string,
  entries: readonly StoredEntry[] | null,
): Promise<readonly StoredEntry[]> {
  const task: Task = { directory, entries };
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    let rows: readonly StoredEntry[] = [];
    worker.on("message", (message: readonly StoredEntry[]) => (rows = message));
    worker.on("error", reject);
    worker.on("exit", () => resolve(rows));
  });
}

async function operate({ directory, entries }: Task): Promise<readonly StoredEntry[]> {
  const database = (await loadSqliteApi()).open(dataDirectoryAt(directory).databasePath);
  if (entries !== null) {
    const head = readHead(database);
    if (typeof head === "string") throw new Error(head);
    database.exec("DELETE FROM entries");
    const insert = database.prepare("INSERT INTO entries VALUES (?, ?, ?)");
    let digest = 0n;
    for (const { key, value, checksum } of entries) {
      insert.run(key, value, checksum);
      digest = toggled(digest, entryChecksum(key, value));
    }
    const entryDigest = digestText(digest);
    writeHead(prepareHeadWrite(database), { ...head, entryCount: entries.length, entryDigest });
  }
  const rows = database.prepare("SELECT key, value, checksum FROM entries ORDER BY key").all();
  database.close();
  return rows.map((row) => ({ ...(row as StoredEntry) }));
}

if (!isMainThread && (workerData as Task | null)?.directory !== undefined) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(await operate(workerData as Task));
}
