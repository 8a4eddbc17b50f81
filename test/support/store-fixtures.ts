// Data directories that earlier versions left, unpacked: test/store/fixtures says how they were made.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { repositoryRoot } from "./repository.js";

export interface ToldLease {
  readonly leaseId: string;
  readonly holderKey: string;
  readonly port: number;
  readonly portCount: number;
  readonly generation: number;
  readonly ttlMs: number;
  readonly requestId: string;
  readonly instance: string;
}

/** What the callers of the old broker were told. */
export interface Told {
  readonly leases: readonly ToldLease[];
  readonly released: { readonly requestId: string; readonly leaseId: string };
}

export interface StoreFixture {
  readonly name: string;
  readonly recordVersion: number;
  /** Of the one block, which has eight ports. */
  readonly firstPort: number;
}

export const storeFixtures: readonly StoreFixture[] = [
  { name: "record-version-1", recordVersion: 1, firstPort: 18_432 },
  { name: "record-version-2", recordVersion: 2, firstPort: 18_442 },
  { name: "record-version-3", recordVersion: 3, firstPort: 18_452 },
];

/** Writes the files into an existing folder, and returns it. */
export function unpackFixture({ name }: StoreFixture, directory: string): string {
  for (const file of ["portlease.db", "portlease.db-wal", "watermark"]) {
    writeFileSync(join(directory, file), gunzipSync(readFileSync(pathOf(name, `${file}.gz`))), {
      mode: 0o600,
    });
  }
  return directory;
}

export function toldBefore({ name }: StoreFixture): Told {
  return JSON.parse(readFileSync(pathOf(name, "told.json"), "utf8")) as Told;
}

function pathOf(name: string, file: string): string {
  return join(repositoryRoot, "test", "store", "fixtures", name, file);
}
