// The one row that vouches for all others: where history stands, how many entries there are and what they add up to.
// Written in the transaction of every batch, with a checksum over all of it.

import { randomBytes } from "node:crypto";
import { checksumOf, digestText } from "./checksum.js";
import type { Checksum } from "./checksum.js";
import { formatVersion } from "./schema.js";
import type { SqliteDatabase, SqliteStatement } from "./sqlite-api.js";

export interface Head {
  readonly revision: number;
  /** The running checksum at `revision`. */
  readonly chain: Checksum;
  /** The last revision before the oldest retained change, and the running checksum there. */
  readonly baseRevision: number;
  readonly baseChain: Checksum;
  readonly entryCount: number;
  readonly entryDigest: Checksum;
  /** 64 hexadecimal digits. */
  readonly brokerSecret: string;
}

const secretBytes = 32;
/** The last one is the checksum over the others. */
export const headColumns = [
  "format",
  "revision",
  "chain",
  "base_revision",
  "base_chain",
  "entry_count",
  "entry_digest",
  "broker_secret",
  "checksum",
] as const;
const columns = headColumns.join(", ");

/** The head of a store without changes. Its chain starts from the secret, so no two stores share one. */
export function newHead(revision: number): Head {
  const brokerSecret = randomBytes(secretBytes).toString("hex");
  const chain = checksumOf(`portlease\n${revision}\n${brokerSecret}`);
  return {
    revision,
    chain,
    baseRevision: revision,
    baseChain: chain,
    entryCount: 0,
    entryDigest: digestText(0n),
    brokerSecret,
  };
}

export function prepareHeadWrite(database: SqliteDatabase): SqliteStatement {
  return database.prepare(
    `INSERT OR REPLACE INTO head (id, ${columns}) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
}

export function writeHead(statement: SqliteStatement, head: Head): void {
  const fields = fieldsOf(head);
  statement.run(...fields, checksumOf(fields.join("\n")));
}

/** A string says what is damaged. */
export function readHead(database: SqliteDatabase): Head | string {
  const rows = database.prepare(`SELECT ${columns} FROM head`).all();
  const [row] = rows as Record<string, unknown>[];
  if (row === undefined || rows.length !== 1) return `there are ${rows.length} head rows, not one`;
  const values = Object.values(row);
  const checksum = values.pop();
  if (checksum !== checksumOf(values.join("\n"))) return "the checksum of the head row is wrong";
  return headOfRow(row);
}

/** Of a row whose checksum holds: the types are those that were written. */
export function headOfRow(row: Readonly<Record<string, unknown>>): Head {
  return {
    revision: row["revision"] as number,
    chain: row["chain"] as string,
    baseRevision: row["base_revision"] as number,
    baseChain: row["base_chain"] as string,
    entryCount: row["entry_count"] as number,
    entryDigest: row["entry_digest"] as string,
    brokerSecret: row["broker_secret"] as string,
  };
}

function fieldsOf(head: Head): (string | number)[] {
  return [
    formatVersion,
    head.revision,
    head.chain,
    head.baseRevision,
    head.baseChain,
    head.entryCount,
    head.entryDigest,
    head.brokerSecret,
  ];
}
