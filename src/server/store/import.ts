// Makes the store of a data directory from an export. Everything is checked before anything is written, and the new store appears
// by one rename; what was there before is kept.

import { existsSync, rmSync } from "node:fs";
import { dataDirectoryAt, prepareDataDirectory } from "./data-directory.js";
import type { DataDirectory, PrivateFolders } from "./data-directory.js";
import { impossible } from "./export-faults.js";
import { parseExport } from "./export-lines.js";
import type { ExportedStore } from "./export-lines.js";
import { firstRevision } from "./first-revision.js";
import type { ImportInput } from "./import-worker.js";
import { hasStore, whileLocked } from "./offline-copy.js";
import { inThread } from "./offline-thread.js";
import { entriesOf } from "./record.js";
import { newDatabasePath, replaceStore } from "./replace-store.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import { exportInvalid, notEmpty } from "./store-error.js";

export interface ImportOptions {
  /** Names the export for people. */
  readonly source: string;
  /** True: what the directory has is replaced, and kept in a folder beside it. */
  readonly force: boolean;
  readonly nowWallMs: number;
  /** See SqliteStoreOptions. */
  readonly privateFolders?: PrivateFolders | null;
}

export interface StoreImport {
  readonly dataDirectory: string;
  readonly leaseCount: number;
  readonly blockCount: number;
  /** Pools that operators have adjusted. */
  readonly adjustmentCount: number;
  readonly endedCount: number;
  /** The next grant has a higher generation than all before. */
  readonly revision: number;
  /** False: the holder keys of the imported leases are dead. */
  readonly keysGoOn: boolean;
  /** Where the files are that were replaced; `null` when there were none. */
  readonly keptIn: string | null;
}

/**
 * Rejects with EXPORT_INVALID, STORE_TOO_NEW, DIRECTORY_NOT_EMPTY, DATA_DIRECTORY_IN_USE and what making the directory gives;
 * the directory then has what it had.
 */
export async function importStore(
  dataDirectory: string,
  text: string,
  { source, force, nowWallMs, privateFolders = null }: ImportOptions,
): Promise<StoreImport> {
  const exported = parseExport(text, source);
  const fault = impossible(exported, exported.revision);
  if (fault !== null) throw exportInvalid(source, fault);
  const directory = dataDirectoryAt(dataDirectory);
  if (hasStore(directory) && !force) throw notEmpty(directory.path);
  const revision = Math.max(exported.revision, firstRevision(nowWallMs));
  try {
    prepareDataDirectory(directory, privateFolders);
    const put = (): Promise<string | null> => putInPlace(directory, exported, revision, nowWallMs);
    const keptIn = await whileLocked(directory, put, true);
    return {
      dataDirectory: directory.path,
      leaseCount: exported.leases.length,
      blockCount: exported.blocks.length,
      adjustmentCount: exported.adjustments.length,
      endedCount: exported.ended.length,
      revision,
      keysGoOn: exported.brokerSecret !== null,
      keptIn,
    };
  } catch (error) {
    throw storeErrorFrom(error, directory.path, "importing");
  }
}

async function putInPlace(
  directory: DataDirectory,
  exported: ExportedStore,
  revision: number,
  nowWallMs: number,
): Promise<string | null> {
  const newPath = newDatabasePath(directory);
  // What an interrupted import left half written.
  if (existsSync(newPath)) rmSync(newPath);
  const input: ImportInput = {
    path: newPath,
    database: { revision, brokerSecret: exported.brokerSecret, entries: entriesOf(exported) },
  };
  const script = "./import-worker.js";
  await inThread({ script, input, doing: "importing", directory: directory.path });
  return replaceStore(directory, { newPath, keepAs: "replaced", nowWallMs });
}
