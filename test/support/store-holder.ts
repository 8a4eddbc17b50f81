// A broker's store in a process of its own, for tests that kill it: opens the directory given as argument, then commits one
// lease after the other as its parent asks, and tells of each only once it is acknowledged.

import { openSqliteStore } from "#server/store/sqlite-store.js";
import { StoreError } from "#server/store/store-error.js";
import { grants, sampleWallMs } from "./store-samples.js";

export type HolderRequest = { readonly commits: number } | "load";
export type HolderMessage =
  | { readonly opened: number }
  | { readonly acknowledged: number }
  | { readonly refused: string; readonly message: string };

const [, , directory = ""] = process.argv;

function tell(message: HolderMessage): void {
  process.send?.(message);
}

try {
  const store = await openSqliteStore({ directory, wallClock: { wallMs: () => sampleWallMs } });
  let { revision } = await store.load();
  tell({ opened: revision });
  process.on("message", (request: HolderRequest) => {
    void (async () => {
      if (request === "load") {
        tell({ opened: (await store.load()).revision });
        return;
      }
      for (let count = 0; count < request.commits; count++) {
        await store.commit(grants(revision, 1));
        revision++;
        tell({ acknowledged: revision });
      }
    })();
  });
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  tell({ refused: error.code, message: error.message });
  process.disconnect();
}
