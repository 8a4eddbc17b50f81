// Puts a database file together from what is left of a damaged one and from the pages of its log, so that SQLite can be asked
// for its rows. The first page has little but constants in it: a damaged one is replaced by that of a new store.
// Format: https://www.sqlite.org/fileformat2.html#the_database_header

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { databaseHeaderDamage, pageBytes } from "./database-header.js";
import { writeDatabase } from "./new-database.js";
import type { SalvagedPage } from "./salvage-log.js";
import { schemaDamage } from "./schema.js";
import type { SqliteApi } from "./sqlite-api.js";
import { unreadable } from "./sqlite-failure.js";

/** Offsets in the first page. */
const writeVersionAt = 18;
const readVersionAt = 19;
const changeCounterAt = 24;
const pageCountAt = 28;
const validForAt = 92;
/** A journal that is deleted: the file alone is the database. */
const withoutLog = 1;

/** `databasePath` may be missing. The pages replace its own, in their order. */
export function imageOf(databasePath: string, pages: readonly SalvagedPage[]): Buffer {
  const bytes = existsSync(databasePath) ? readFileSync(databasePath) : Buffer.alloc(0);
  const ownCount = Math.ceil(bytes.length / pageBytes);
  const pageCount = pages.reduce((max, page) => Math.max(max, page.pageNumber), ownCount);
  const image = Buffer.alloc(pageCount * pageBytes);
  bytes.copy(image);
  for (const page of pages) page.bytes.copy(image, (page.pageNumber - 1) * pageBytes);
  return image;
}

/** Writes an image so that SQLite opens it. `scratchPath` must be free: a new store is made there when its first page is needed. */
export function writeImage(api: SqliteApi, path: string, image: Buffer, scratchPath: string): void {
  writeFileSync(path, sealed(image), { mode: 0o600 });
  if (hasSoundFirstPage(api, path)) return;
  if (!existsSync(scratchPath)) {
    writeDatabase(api, scratchPath, { revision: 1, brokerSecret: null, entries: [] });
  }
  const whole = Buffer.alloc(Math.max(image.length, pageBytes));
  image.copy(whole);
  readFileSync(scratchPath).copy(whole, 0, 0, pageBytes);
  writeFileSync(path, sealed(whole));
}

/** Says how many pages there are, and that this is true. */
function sealed(image: Buffer): Buffer {
  const bytes = Buffer.from(image);
  if (bytes.length < pageBytes) return bytes;
  bytes.writeUInt8(withoutLog, writeVersionAt);
  bytes.writeUInt8(withoutLog, readVersionAt);
  bytes.writeUInt32BE(bytes.length / pageBytes, pageCountAt);
  bytes.writeUInt32BE(bytes.readUInt32BE(changeCounterAt), validForAt);
  return bytes;
}

function hasSoundFirstPage(api: SqliteApi, path: string): boolean {
  if (databaseHeaderDamage(path) !== null) return false;
  try {
    const database = api.open(path);
    try {
      return schemaDamage(database) === null;
    } finally {
      database.close();
    }
  } catch (error) {
    unreadable(error);
    return false;
  }
}
