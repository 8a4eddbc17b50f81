// One process of the disk-full test, within a file system that is about to be full; see disk-full.test.ts. Writes what was
// acknowledged to a journal outside of that file system, as a caller would remember it.

import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { StoreError } from "#server/store/store-error.js";
import type { SqliteStore } from "#server/store/sqlite-store.js";
import { grants } from "./store-samples.js";
import { openStore } from "./store-snapshot.js";

const [, , step = "", directory = "", journal = ""] = process.argv;
const ballast = `${directory}.ballast`;

function tell(line: string): void {
  appendFileSync(journal, `${line}\n`);
}

/** Commits until it fails or the count is reached; notes each lease that was acknowledged. */
async function commitMany(store: SqliteStore, first: number, count: number): Promise<string> {
  for (let revision = first; revision < first + count; revision++) {
    try {
      await store.commit(grants(revision, 1));
    } catch (error) {
      return error instanceof StoreError ? error.code : String(error);
    }
    tell(`lease ${revision + 1}`);
  }
  return "all";
}

/** Fills the rest of the disk, so that not even a probe fits. */
function fillDisk(): void {
  for (let bytes = 65_536; bytes >= 512; bytes /= 2) {
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // Full for this size.
    }
  }
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return "ok";
  } catch (error) {
    return error instanceof StoreError ? error.code : String(error);
  }
}

if (step === "run") {
  writeFileSync(ballast, Buffer.alloc(200_000));
  const store = await openStore(directory);
  let { revision } = await store.load();
  tell(`growing ${await commitMany(store, revision, 100_000)}`);
  fillDisk();
  tell(`probe ${await codeOf(store.probe())}`);
  // While the disk is full, reading again must work: renewals need no space.
  ({ revision } = await store.load());
  tell(`full-load ${store.warnings.join() || "quiet"}`);
  tell(`still-full ${await commitMany(store, revision, 100_000)}`);
  rmSync(ballast);
  tell(`probe ${await codeOf(store.probe())}`);
  ({ revision } = await store.load());
  tell(`again ${await commitMany(store, revision, 30)}`);
  process.kill(process.pid, "SIGKILL");
}

if (step === "verify") {
  const store = await openStore(directory);
  const { leases } = await store.load();
  const found = new Set(leases.map(({ generation }) => generation));
  const lines = readFileSync(journal, "utf8").split("\n");
  const acknowledged = lines
    .filter((line) => line.startsWith("lease "))
    .map((line) => line.slice(6));
  const lost = acknowledged.filter((generation) => !found.has(Number(generation)));
  tell(`verified ${acknowledged.length} lost ${lost.length}`);
  await store.close();
}

if (step === "create") {
  fillDisk();
  tell(`create ${await codeOf(openStore(directory))}`);
}
