// The repair of a damaged data directory, behind "portlease store repair": what checksums prove goes into a new store in the same
// place, and the damaged files are kept beside it. Without `write` it only says what that would be.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkStore } from "./check.js";
import { dataDirectoryAt } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { newDatabasePath, replaceStore } from "./replace-store.js";
import { whileLocked, withCopy } from "./offline-copy.js";
import { inThread } from "./offline-thread.js";
import type { RepairReport, SalvageSummary } from "./repair-report.js";
import type { RepairInput } from "./repair-worker.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import { readWatermark } from "./watermark.js";

export interface RepairOptions {
  /** False: nothing is changed. */
  readonly write: boolean;
  /** Repair a sound store, too. */
  readonly force: boolean;
  readonly nowWallMs: number;
}

/** Rejects with StoreError when it cannot be done; the directory is then as it was, or says itself that it was interrupted. */
export async function repairStore(
  dataDirectory: string,
  { write, force, nowWallMs }: RepairOptions,
): Promise<RepairReport> {
  const directory = dataDirectoryAt(dataDirectory);
  const check = await checkStore(dataDirectory);
  const before = { dataDirectory: directory.path, findings: check.findings };
  const nothingDone = { ...before, summary: null, keptIn: null };
  if (check.verdict === "sound" && !force) return { ...nothingDone, verdict: "sound" };
  if (check.verdict !== "sound" && check.verdict !== "damaged") {
    return { ...nothingDone, verdict: check.verdict };
  }
  try {
    return await whileLocked(
      directory,
      async () => {
        const newPath = newDatabasePath(directory);
        // What an interrupted repair left half written.
        if (write) rmSync(newPath, { force: true });
        const summary = await salvage(directory, write ? newPath : null, nowWallMs);
        if (!write) return { ...before, verdict: "repairable", summary, keptIn: null };
        const keptIn = replaceStore(directory, { newPath, keepAs: "damaged", nowWallMs });
        return { ...before, verdict: "repaired", summary, keptIn };
      },
      write,
    );
  } catch (error) {
    throw storeErrorFrom(error, directory.path, "being repaired");
  }
}

/** `newPath` null: the new store is made, and thrown away. */
function salvage(
  directory: DataDirectory,
  newPath: string | null,
  nowWallMs: number,
): Promise<SalvageSummary> {
  return withCopy(sourceOf(directory), (copy) => {
    const input: RepairInput = {
      copy: copy.path,
      newPath: newPath ?? join(copy.path, "new.db"),
      nowWallMs,
    };
    const script = "./repair-worker.js";
    return inThread({ script, input, doing: "being repaired", directory: directory.path });
  });
}

/** After an interrupted repair the damaged files are those that it kept. */
function sourceOf(directory: DataDirectory): DataDirectory {
  const watermark = readWatermark(directory.watermarkPath);
  if (watermark.state !== "replacing" || watermark.keptIn === "") return directory;
  const kept = join(directory.path, watermark.keptIn);
  return existsSync(kept) ? dataDirectoryAt(kept) : directory;
}
