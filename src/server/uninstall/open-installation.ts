// The data of a broker that is not running, opened to be taken away: its records, and what removes what they tell of.

import { existsSync } from "node:fs";
import { openHostPorts } from "@portlease/native";
import { LastingReservations } from "../blocks/lasting-reservations.js";
import { StartLedger } from "../blocks/start-ledger.js";
import type { BlockRecord } from "../domain/records.js";
import { dataDirectoryAt } from "../store/data-directory.js";
import { removeDataFiles } from "../store/remove-data-files.js";
import { openSqliteStore } from "../store/sqlite-store.js";
import { systemClock } from "../system-clock.js";
import { removeRecorded, type UninstalledBlock } from "./uninstall.js";

export interface Installation {
  readonly records: readonly BlockRecord[];
  removeRecorded(includeAmbiguous: boolean): Promise<readonly UninstalledBlock[]>;
  /** Gives the data directory up; the data stays. Idempotent. */
  close(): Promise<void>;
  /** Closes, and deletes the data. Returns what else lies in the directory, which then stays. */
  deleteData(): Promise<readonly string[]>;
}

/** `null` when there is no data. Rejects with StoreError: in use by a running broker, damaged. */
export async function openInstallation(directory: string): Promise<Installation | null> {
  const files = dataDirectoryAt(directory);
  if (!existsSync(files.databasePath)) return null;
  const store = await openSqliteStore({ directory, wallClock: systemClock });
  try {
    const state = await store.load();
    const lasting = new LastingReservations(openHostPorts());
    const ledger = new StartLedger(store, systemClock, state.revision);
    return {
      records: state.blocks,
      removeRecorded: (includeAmbiguous) =>
        removeRecorded(state.blocks, lasting, ledger, includeAmbiguous),
      close: () => store.close(),
      deleteData: async () => {
        await store.close();
        return removeDataFiles(files);
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
