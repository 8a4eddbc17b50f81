// Reads the rows of a damaged database that can be read at all, from both ends around what cannot, and keeps those that a
// checksum proves. One damaged byte of a row is put right.

import { chainAfter, entryChecksum } from "./checksum.js";
import type { Checksum } from "./checksum.js";
import type { Head } from "./head.js";
import { mendText, nearlyEqual } from "./mend-text.js";
import type { SqliteDatabase } from "./sqlite-api.js";
import { headColumns } from "./head.js";
import { provenHead } from "./salvage-head.js";
import { unreadable } from "./sqlite-failure.js";

export interface ProvenChange {
  readonly revision: number;
  readonly body: string;
  readonly chain: Checksum;
}

export interface ProvenEntry {
  readonly key: string;
  readonly value: string;
}

export interface ProvenRows {
  readonly entries: readonly ProvenEntry[];
  /** Keys, as far as they can be read, of rows that are not as they were written. */
  readonly entriesLost: readonly string[];
  /** In order of revision. */
  readonly changes: readonly ProvenChange[];
  readonly head: Head | null;
}

/** Trying every byte of a row takes a moment; a page full of nonsense must not take an hour. */
const mendedMax = 50;

/** Throws only for causes outside the files. */
export class RowSalvage {
  readonly #database: SqliteDatabase;
  #mended = 0;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  read(): ProvenRows {
    const head = this.readHead();
    return { ...this.#entries(), changes: this.#changes(head), head };
  }

  readHead(): Head | null {
    const sql = `SELECT ${asBytes(headColumns)} FROM head`;
    const [row] = this.#attempt(() => this.#database.prepare(sql).all());
    return row === undefined ? null : provenHead(Object.values(row as Row));
  }

  #entries(): Pick<ProvenRows, "entries" | "entriesLost"> {
    const entries: ProvenEntry[] = [];
    const entriesLost: string[] = [];
    for (const row of this.#bothWays("entries", "key", ["key", "value", "checksum"])) {
      const [key, value, checksum] = [row["key"], row["value"], row["checksum"]];
      if (!isBytes(key) || !isBytes(value) || !isBytes(checksum)) continue;
      const entry = this.#provenEntry(key, value, textOf(checksum));
      if (entry === null) entriesLost.push(textOf(key));
      else entries.push(entry);
    }
    return { entries, entriesLost };
  }

  #provenEntry(key: Uint8Array, value: Uint8Array, checksum: Checksum): ProvenEntry | null {
    const [keyText, valueText] = [textOf(key), textOf(value)];
    if (nearlyEqual(entryChecksum(keyText, valueText), checksum)) {
      return { key: keyText, value: valueText };
    }
    if (!this.#mayMend()) return null;
    const mendedKey = mendText(key, (text) => entryChecksum(text, valueText) === checksum);
    if (mendedKey !== null) return { key: mendedKey, value: valueText };
    const mended = mendText(value, (text) => entryChecksum(keyText, text) === checksum);
    return mended === null ? null : { key: keyText, value: mended };
  }

  /** A change is proven by the chain checksum of the one before it and by its own. */
  #changes(head: Head | null): readonly ProvenChange[] {
    const rows = this.#bothWays("changes", "revision", ["revision", "wall_ms", "body", "chain"]);
    const sorted = rows
      .filter((row): row is ChangeRow => isChangeRow(row))
      .toSorted((a, b) => a.revision - b.revision);
    let before: { readonly revision: number; readonly chain: Checksum } | null =
      head === null ? null : { revision: head.baseRevision, chain: head.baseChain };
    const proven: ProvenChange[] = [];
    for (const [index, row] of sorted.entries()) {
      const next = sorted[index + 1];
      const change =
        before?.revision === row.revision - 1 ? this.#provenChange(before.chain, row, next) : null;
      if (change !== null) proven.push(change);
      before = change ?? { revision: row.revision, chain: textOf(row.chain) };
    }
    return proven;
  }

  #provenChange(
    before: Checksum,
    row: ChangeRow,
    next: ChangeRow | undefined,
  ): ProvenChange | null {
    const { revision, wall_ms: wallMs } = row;
    const [body, chain] = [textOf(row.body), textOf(row.chain)];
    const computed = chainAfter(before, revision, wallMs, body);
    if (computed === chain) return { revision, body, chain };
    // The next change says which chain checksum it went on from.
    const goesOn =
      next !== undefined &&
      next.revision === revision + 1 &&
      chainAfter(computed, next.revision, next.wall_ms, textOf(next.body)) === textOf(next.chain);
    if (goesOn || nearlyEqual(computed, chain)) return { revision, body, chain: computed };
    if (!this.#mayMend()) return null;
    const isRight = (text: string): boolean => chainAfter(before, revision, wallMs, text) === chain;
    const mended = mendText(row.body, isRight);
    return mended === null ? null : { revision, body: mended, chain };
  }

  #mayMend(): boolean {
    this.#mended++;
    return this.#mended <= mendedMax;
  }

  /** Rows from the first on up to what cannot be read, then from the last one down to it. Texts come as bytes. */
  #bothWays(table: string, key: string, columns: readonly string[]): Row[] {
    const rows = new Map<string, Row>();
    for (const order of ["ASC", "DESC"]) {
      const sql = `SELECT ${asBytes(columns)} FROM ${table} ORDER BY ${table}.${key} ${order}`;
      let complete = false;
      this.#attempt(() => {
        for (const row of this.#database.prepare(sql).iterate() as Iterable<Row>) {
          rows.set(JSON.stringify(Object.values(row).map(comparable)), row);
        }
        complete = true;
        return [];
      });
      if (complete) break;
    }
    return [...rows.values()];
  }

  #attempt<T>(read: () => T[]): T[] {
    try {
      return read();
    } catch (error) {
      unreadable(error);
      return [];
    }
  }
}

const numbers: ReadonlySet<string> = new Set([
  "format",
  "revision",
  "wall_ms",
  "base_revision",
  "entry_count",
]);

/** Damaged text need not be text any more, so it is read as bytes. */
function asBytes(columns: readonly string[]): string {
  return columns
    .map((column) => (numbers.has(column) ? column : `CAST(${column} AS BLOB) AS ${column}`))
    .join(", ");
}

type Row = Readonly<Record<string, unknown>>;

interface ChangeRow extends Row {
  readonly revision: number;
  readonly wall_ms: number;
  readonly body: Uint8Array;
  readonly chain: Uint8Array;
}

function isChangeRow(row: Row): boolean {
  return (
    Number.isSafeInteger(row["revision"]) &&
    typeof row["wall_ms"] === "number" &&
    isBytes(row["body"]) &&
    isBytes(row["chain"])
  );
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

function comparable(value: unknown): unknown {
  return isBytes(value) ? textOf(value) : value;
}
