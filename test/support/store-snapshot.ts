// Copies of a store's files, as a killed process leaves them, to damage and to load again.

import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { openSqliteStore } from "#server/store/sqlite-store.js";
import type { SqliteStore } from "#server/store/sqlite-store.js";
import {
  adjusted,
  ended,
  granted,
  sampleBlock,
  sampleLease,
  sampleWallMs,
  sealed,
} from "./store-samples.js";
import type { Change, LeaseRecord } from "#server/domain/records.js";

export const fileNames = ["databasePath", "walPath", "watermarkPath"] as const;
export type FileName = (typeof fileNames)[number];

/** Copies the files that are there; of a store that is open, this is what a kill would leave. */
export function snapshot(from: string, to: string): string {
  for (const name of fileNames) {
    const source = dataDirectoryAt(from)[name];
    if (existsSync(source)) copyFileSync(source, dataDirectoryAt(to)[name]);
  }
  return to;
}

export function bytesOf(directory: string, name: FileName): Buffer {
  return readFileSync(dataDirectoryAt(directory)[name]);
}

/** Rewrites a file of the store. */
export function rewrite(
  directory: string,
  name: FileName,
  change: (bytes: Buffer) => Uint8Array,
): void {
  writeFileSync(dataDirectoryAt(directory)[name], change(bytesOf(directory, name)));
}

export function flipByte(directory: string, name: FileName, offset: number, mask: number): void {
  rewrite(directory, name, (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(offset) ^ mask, offset);
    return bytes;
  });
}

/** Never quiet: what it commits stays in the log until there are 2,000 pages. */
export async function openStore(directory: string): Promise<SqliteStore> {
  const wallClock = { wallMs: () => sampleWallMs };
  return openSqliteStore({ directory, wallClock, quietMs: 2 ** 31 - 1 });
}

/** Gives a store a past of `commitCount` batches of all kinds of changes. */
export async function fill(store: SqliteStore, commitCount: number): Promise<void> {
  let { revision, leases } = await store.load();
  const live: LeaseRecord[] = [...leases];
  for (let count = 0; count < commitCount; count++) {
    const lease = sampleLease(revision + 1, { request: { key: "k".repeat(64), bodyHash: "h" } });
    live.push(lease);
    const changes: Change[] = [granted(lease)];
    const oldest = count % 3 === 0 ? live.shift() : undefined;
    if (oldest !== undefined) changes.push(ended(oldest, count % 2 === 0));
    if (count % 10 === 0) {
      changes.push({ type: "block_changed", block: sampleBlock(`block-${count}`) });
    }
    if (count % 10 === 5) {
      const pins = [{ port: 20_000 + count, service: "gateway", instance: "" }];
      changes.push(adjusted(count % 20 === 5 ? "default" : "other", { pins }));
    }
    await store.commit(sealed(revision, ...changes));
    revision += changes.length;
  }
}
