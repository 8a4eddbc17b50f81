// The first 100 bytes of the database file, checked before SQLite acts on them: a wrong one can make it write-protect the
// database, or read it in another encoding. Format: https://www.sqlite.org/fileformat2.html#the_database_header

import { closeSync, openSync, readSync } from "node:fs";

export const pageBytes = 4_096;

const headerBytes = 100;
const magic = "SQLite format 3\0";

/** `null` when the header is sound, or the file is missing or empty. Do not call it while SQLite has the file open. */
export function databaseHeaderDamage(path: string): string | null {
  const header = readHeader(path);
  if (header === null || header.length === 0) return null;
  const wrong = wrongField(header);
  return wrong === null ? null : `the header of the database file is not valid (${wrong})`;
}

/** False when the file is missing or empty. */
export function databaseExists(path: string): boolean {
  return (readHeader(path)?.length ?? 0) > 0;
}

function readHeader(path: string): Buffer | null {
  try {
    const descriptor = openSync(path, "r");
    try {
      const header = Buffer.alloc(headerBytes);
      return header.subarray(0, readSync(descriptor, header, 0, headerBytes, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function wrongField(header: Buffer): string | null {
  if (header.length < headerBytes) return "too short";
  if (header.toString("latin1", 0, 16) !== magic) return "not a SQLite database";
  if (header.readUInt16BE(16) !== pageBytes) return "page size";
  // 1 and 1 only while a new database has not been switched to the write-ahead log yet.
  const [writeVersion, readVersion] = [header.readUInt8(18), header.readUInt8(19)];
  if (writeVersion !== readVersion || (writeVersion !== 1 && writeVersion !== 2)) return "version";
  if (header.readUInt8(20) !== 0) return "reserved space";
  const fractions = [header.readUInt8(21), header.readUInt8(22), header.readUInt8(23)];
  if (fractions.join() !== "64,32,32") return "payload fractions";
  // 0 until the first table is made.
  if (![0, 4].includes(header.readUInt32BE(44))) return "schema format";
  if (![0, 1].includes(header.readUInt32BE(56))) return "text encoding";
  return null;
}
