// Deletes a data directory for good. Only files that a broker makes: a mistyped path must not cost somebody else's.

import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { DataDirectory } from "./data-directory.js";
import { keptFolderPattern, newDatabasePath } from "./replace-store.js";

/** What operators did, and the full ones beside it. */
const auditLogPattern = /^audit\.log(?:\.\d+)?$/;

/** Call it with the store closed. Returns the names of what is not ours; the directory goes only when there is nothing else. */
export function removeDataFiles(directory: DataDirectory): readonly string[] {
  const ours = new Set(
    [
      directory.databasePath,
      directory.walPath,
      `${directory.databasePath}-shm`,
      directory.keptLogPath,
      directory.watermarkPath,
      `${directory.watermarkPath}.new`,
      directory.unknownPastPath,
      `${directory.unknownPastPath}.new`,
      newDatabasePath(directory),
      directory.lockPath,
      directory.processIdPath,
      directory.probePath,
      directory.adminTokenPath,
      `${directory.adminTokenPath}.new`,
      join(directory.path, "broker.sock"),
    ].map((path) => basename(path)),
  );
  if (!existsSync(directory.path)) return [];
  const names = readdirSync(directory.path);
  const isOurs = (name: string): boolean =>
    ours.has(name) || keptFolderPattern.test(name) || auditLogPattern.test(name);
  for (const name of names.filter(isOurs)) {
    rmSync(join(directory.path, name), { recursive: true, force: true });
  }
  const others = names.filter((name) => !isOurs(name));
  if (others.length === 0) rmdirSync(directory.path);
  return others;
}
