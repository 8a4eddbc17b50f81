// The fleet server's data directory: made if it is missing, for its own user alone, and taken, so that two servers do not write one
// audit log. Nothing of the fleet is in it. A broker's directory is refused while that broker runs, since the lock is the same.

import type { PrivateFolders } from "@portlease/native";
import type { Log } from "../../server/log.js";
import type { OpenedThings } from "../../server/opened-things.js";
import { StartError } from "../../server/start-error.js";
import {
  type DataDirectory,
  dataDirectoryAt,
  notedProcessId,
  noteProcessId,
  prepareDataDirectory,
  removeProcessIdNote,
} from "../../server/store/data-directory.js";
import { DirectoryLock } from "../../server/store/directory-lock.js";
import { loadSqliteApi } from "../../server/store/sqlite-api.js";
import { StoreError } from "../../server/store/store-error.js";

/** Given back by `opened`. Rejects with StartError CANNOT_OPEN_STORE. `privateFolders`: `null` where mode bits say who may read. */
export async function takeDataDirectory(
  path: string,
  privateFolders: PrivateFolders | null,
  log: Log,
  opened: OpenedThings,
): Promise<DataDirectory> {
  const directory = dataDirectoryAt(path);
  try {
    for (const warning of prepareDataDirectory(directory, privateFolders)) {
      log.warn("the data directory is not as it should be", { warning });
    }
    const lock = DirectoryLock.take(await loadSqliteApi(), directory);
    opened.add(() => lock.release());
    noteProcessId(directory);
    opened.add(() => removeProcessIdNote(directory));
    return directory;
  } catch (error) {
    throw startError(error, directory);
  }
}

function startError(error: unknown, directory: DataDirectory): unknown {
  if (!(error instanceof StoreError)) return error;
  if (error.code !== "DATA_DIRECTORY_IN_USE") {
    return new StartError("CANNOT_OPEN_STORE", error.message, error);
  }
  const processId = notedProcessId(directory);
  const who = processId === null ? "another process" : `another process (pid ${processId})`;
  return new StartError(
    "CANNOT_OPEN_STORE",
    `the data directory ${directory.path} is in use by ${who}; each fleet server and each broker needs its own: give this one ` +
      "another --data-dir",
    error,
  );
}
