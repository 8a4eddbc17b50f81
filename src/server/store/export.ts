// Reads the durable state of a data directory that no broker has, for a backup or a move. Changes nothing: it works on a copy.

import { checkStore } from "./check.js";
import type { StoreCheckReport } from "./check-report.js";
import { dataDirectoryAt } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { exportText } from "./export-lines.js";
import { whileLocked, withCopy } from "./offline-copy.js";
import { inThread } from "./offline-thread.js";
import { decodeEntries } from "./record-decode.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import type { LoadedRows } from "./store-database.js";
import { corrupt, noStore, StoreError } from "./store-error.js";

export interface ExportOptions {
  /** True: with it holder keys go on working after a move; whoever has it can make every holder key. */
  readonly withSecret: boolean;
  readonly nowWallMs: number;
}

export interface StoreExport {
  /** See export-lines.ts. */
  readonly text: string;
  readonly leaseCount: number;
  readonly blockCount: number;
  /** Pools that operators have adjusted. */
  readonly adjustmentCount: number;
  readonly endedCount: number;
  readonly revision: number;
}

/** Rejects with NO_STORE, DATA_DIRECTORY_IN_USE, STORE_CORRUPT, STORE_TOO_NEW or STORE_FAILED. */
export async function exportStore(
  dataDirectory: string,
  { withSecret, nowWallMs }: ExportOptions,
): Promise<StoreExport> {
  const directory = dataDirectoryAt(dataDirectory);
  const check = await checkStore(dataDirectory);
  if (check.verdict !== "sound") throw notExportable(directory, check);
  const rows = await readRows(directory, nowWallMs);
  const entries = decodeEntries(rows.keys, rows.values, directory.path);
  const { leases, ended, blocks, adjustments } = entries;
  const { revision } = rows;
  const brokerSecret = withSecret ? rows.brokerSecret : null;
  return {
    text: exportText({ ...entries, revision, brokerSecret, exportedWallMs: nowWallMs }),
    leaseCount: leases.length,
    blockCount: blocks.length,
    adjustmentCount: adjustments.length,
    endedCount: withSecret ? ended.length : 0,
    revision,
  };
}

async function readRows(directory: DataDirectory, nowWallMs: number): Promise<LoadedRows> {
  try {
    return await whileLocked(directory, () =>
      withCopy(directory, (copy) => {
        const input = { copy: copy.path, nowWallMs };
        const work = { doing: "being exported", directory: directory.path };
        return inThread<LoadedRows>({ script: "./export-worker.js", input, ...work });
      }),
    );
  } catch (error) {
    throw storeErrorFrom(error, directory.path, "being exported");
  }
}

function notExportable(
  directory: DataDirectory,
  { verdict, findings }: StoreCheckReport,
): StoreError {
  const said = findings.find(({ severity }) => severity === "damage") ?? findings[0];
  const message = said?.message ?? "";
  switch (verdict) {
    case "absent":
      return noStore(directory.path);
    case "in-use":
      return new StoreError("DATA_DIRECTORY_IN_USE", message);
    case "too-new":
      return new StoreError("STORE_TOO_NEW", message);
    case "sound":
    case "damaged":
      return corrupt(directory.path, message);
  }
}
