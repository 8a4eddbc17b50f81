// Puts a new database in the place of whatever a data directory has. Nothing is deleted: what was there is kept in a folder of
// its own. A process that is killed in between leaves a directory that is refused, with what to do.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { DataDirectory } from "./data-directory.js";
import { giveToOwner } from "./give-to-owner.js";
import { syncDirectory, syncFile } from "./sync-directory.js";
import { replacedMark, replacingMark } from "./watermark.js";

/** Folders with what a repair or an import replaced, such as "damaged-20261125T180000Z". */
export const keptFolderPattern = /^(?:damaged|replaced)-\d{8}T\d{6}Z(?:-\d+)?$/;

export interface Replacement {
  /** The new database, on disk, in the data directory itself. */
  readonly newPath: string;
  readonly keepAs: "damaged" | "replaced";
  readonly nowWallMs: number;
}

/** Where a new database is to be written, so that putting it in its place is one rename. */
export function newDatabasePath(directory: DataDirectory): string {
  return join(directory.path, "portlease.db.new");
}

/**
 * Call it with the directory locked and no database open. The next start finds the new store with an unknown past: its revision
 * jumps, and all ports without a lease rest (semantics.md 4). Returns the folder with the former files, `null` when there were none.
 */
export function replaceStore(
  directory: DataDirectory,
  { newPath, keepAs, nowWallMs }: Replacement,
): string | null {
  const former = formerFiles(directory);
  const folder = former.length === 0 ? null : keepFiles(directory, former, keepAs, nowWallMs);
  writeMark(directory, replacingMark(folder === null ? "" : basename(folder)));
  // The log first: SQLite would take it for the new database's.
  for (const path of [directory.walPath, directory.keptLogPath, `${directory.databasePath}-shm`]) {
    rmSync(path, { force: true });
  }
  syncDirectory(directory.path);
  giveToOwner(directory, newPath);
  renameSync(newPath, directory.databasePath);
  syncDirectory(directory.path);
  writeMark(directory, replacedMark);
  return folder;
}

function formerFiles({
  databasePath,
  walPath,
  keptLogPath,
  watermarkPath,
}: DataDirectory): string[] {
  return [databasePath, walPath, keptLogPath, watermarkPath].filter((path) => existsSync(path));
}

/** Copies, so that the directory is whole until the new files are there. */
function keepFiles(
  directory: DataDirectory,
  paths: readonly string[],
  keepAs: Replacement["keepAs"],
  nowWallMs: number,
): string {
  const folder = newFolder(directory, keepAs, nowWallMs);
  for (const path of paths) {
    const kept = join(folder, basename(path));
    copyFileSync(path, kept);
    giveToOwner(directory, kept);
    syncFile(kept);
  }
  syncDirectory(folder);
  syncDirectory(directory.path);
  return folder;
}

function newFolder(directory: DataDirectory, keepAs: string, nowWallMs: number): string {
  const time = new Date(nowWallMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const names = new Set(readdirSync(directory.path));
  let name = `${keepAs}-${time}`;
  for (let count = 2; names.has(name); count++) name = `${keepAs}-${time}-${count}`;
  const folder = join(directory.path, name);
  mkdirSync(folder, { mode: 0o700 });
  giveToOwner(directory, folder);
  return folder;
}

function writeMark(directory: DataDirectory, text: string): void {
  const path = `${directory.watermarkPath}.new`;
  writeFileSync(path, text, { mode: 0o600 });
  giveToOwner(directory, path);
  syncFile(path);
  renameSync(path, directory.watermarkPath);
  syncDirectory(directory.path);
}
