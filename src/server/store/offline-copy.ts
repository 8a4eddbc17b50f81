// A private copy of the files of a store, for whoever looks at them while no broker has them: SQLite changes a database merely
// by opening and closing it.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataDirectoryAt } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { DirectoryLock } from "./directory-lock.js";
import { giveToOwner } from "./give-to-owner.js";
import { loadSqliteApi } from "./sqlite-api.js";

export function hasStore(directory: DataDirectory): boolean {
  const { databasePath, walPath, keptLogPath, watermarkPath } = directory;
  return [databasePath, walPath, keptLogPath, watermarkPath].some((path) => existsSync(path));
}

/**
 * Keeps brokers away while `use` runs. Rejects with DATA_DIRECTORY_IN_USE. Unless `forWriting`, a directory that no broker has ever
 * had is not locked, because the lock is a file in it.
 */
export async function whileLocked<T>(
  directory: DataDirectory,
  use: () => Promise<T>,
  forWriting = false,
): Promise<T> {
  const locks = forWriting || existsSync(directory.lockPath);
  const lock = locks ? DirectoryLock.take(await loadSqliteApi(), directory) : null;
  if (lock !== null) giveToOwner(directory, directory.lockPath);
  try {
    return await use();
  } finally {
    lock?.release();
  }
}

/** The copy is gone when the promise settles. */
export async function withCopy<T>(
  directory: DataDirectory,
  use: (copy: DataDirectory) => Promise<T>,
): Promise<T> {
  // Readable by this user only: the copy holds the broker's secret.
  const copy = dataDirectoryAt(mkdtempSync(join(tmpdir(), `portlease-check-${process.pid}-`)));
  try {
    const walPath = existsSync(directory.walPath) ? directory.walPath : directory.keptLogPath;
    const copied: readonly (readonly [from: string, to: string])[] = [
      [directory.databasePath, copy.databasePath],
      [walPath, copy.walPath],
      [directory.watermarkPath, copy.watermarkPath],
    ];
    for (const [from, to] of copied) if (existsSync(from)) copyFileSync(from, to);
    return await use(copy);
  } finally {
    rmSync(copy.path, { recursive: true, force: true });
  }
}
