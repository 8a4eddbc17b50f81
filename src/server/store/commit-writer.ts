// Writes batches into an open, verified store, one transaction each, and keeps the sums in the head row. Encodes nothing and
// knows nothing of leases. After a failure it is worthless: what it remembers may not be what is on disk.

import { chainAfter, digestText, entryChecksum, toggled } from "./checksum.js";
import type { Checksum } from "./checksum.js";
import { prepareHeadWrite, writeHead } from "./head.js";
import type { Head } from "./head.js";
import type { SqliteDatabase, SqliteStatement } from "./sqlite-api.js";
import type { VerifiedStore } from "./verify.js";

/** Changes and the entries they leave, as text; arrays of one length belong together. */
export interface EncodedBatch {
  readonly firstRevision: number;
  readonly wallMs: readonly number[];
  readonly bodies: readonly string[];
  /** In the order of the changes; a key may occur again, the last one counts. */
  readonly keys: readonly string[];
  /** `null` removes the entry; removing an absent one is a no-op. */
  readonly values: readonly (string | null)[];
}

/** Oldest changes go in portions of this share of the limit, so that most commits need not touch them. */
const pruneShare = 100;
/** Pages that a transaction writes besides those of its entries: the head, the end of history. */
const framesPerCommit = 3;

export class CommitWriter {
  readonly #database: SqliteDatabase;
  readonly #checksums: Map<string, Checksum>;
  readonly #changesRetainedMax: number;
  readonly #statements;
  #head: Head;
  #digest: bigint;
  #framesWritten = 0;

  constructor(database: SqliteDatabase, verified: VerifiedStore, changesRetainedMax: number) {
    this.#database = database;
    this.#checksums = verified.checksums;
    this.#changesRetainedMax = changesRetainedMax;
    this.#head = verified.head;
    this.#digest = BigInt(`0x${verified.head.entryDigest}`);
    this.#statements = {
      begin: database.prepare("BEGIN IMMEDIATE"),
      commit: database.prepare("COMMIT"),
      insertChange: database.prepare("INSERT INTO changes VALUES (?, ?, ?, ?)"),
      upsertEntry: database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)"),
      deleteEntry: database.prepare("DELETE FROM entries WHERE key = ?"),
      pruneChanges: database.prepare("DELETE FROM changes WHERE revision <= ?"),
      chainAt: database.prepare("SELECT chain FROM changes WHERE revision = ?"),
      writeHead: prepareHeadWrite(database),
    };
  }

  get head(): Head {
    return this.#head;
  }

  /** About how many pages went into the write-ahead log since `resetFramesWritten`. */
  get framesWritten(): number {
    return this.#framesWritten;
  }

  resetFramesWritten(): void {
    this.#framesWritten = 0;
  }

  /** On disk when it returns. Throws whatever SQLite throws. */
  write(batch: EncodedBatch): void {
    if (batch.firstRevision !== this.#head.revision + 1) {
      throw new Error(
        `revision ${batch.firstRevision} does not follow ${this.#head.revision}, the last one on disk`,
      );
    }
    this.#statements.begin.run();
    const chain = this.#insertChanges(batch);
    this.#writeEntries(batch);
    const head = this.#prune({
      ...this.#head,
      revision: this.#head.revision + batch.bodies.length,
      chain,
      entryCount: this.#checksums.size,
      entryDigest: digestText(this.#digest),
    });
    writeHead(this.#statements.writeHead, head);
    this.#statements.commit.run();
    this.#head = head;
    this.#framesWritten += framesPerCommit + batch.keys.length;
  }

  /** After a failed write. SQLite may have rolled back by itself. */
  rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // No transaction is open then. The database is opened anew before anything relies on it.
    }
  }

  #insertChanges(batch: EncodedBatch): Checksum {
    let { chain, revision } = this.#head;
    for (const [index, body] of batch.bodies.entries()) {
      const wallMs = batch.wallMs[index] ?? 0;
      revision++;
      chain = chainAfter(chain, revision, wallMs, body);
      this.#statements.insertChange.run(revision, wallMs, body, chain);
    }
    return chain;
  }

  #writeEntries(batch: EncodedBatch): void {
    // A lease may come and go within one batch; only what is left at its end is written.
    const left = new Map(batch.keys.map((key, index) => [key, batch.values[index] ?? null]));
    for (const [key, value] of left) {
      const former = this.#checksums.get(key);
      if (former !== undefined) this.#digest = toggled(this.#digest, former);
      if (value !== null) {
        const checksum = entryChecksum(key, value);
        this.#digest = toggled(this.#digest, checksum);
        this.#checksums.set(key, checksum);
        this.#statements.upsertEntry.run(key, value, checksum);
      } else if (former !== undefined) {
        this.#checksums.delete(key);
        this.#statements.deleteEntry.run(key);
      }
    }
  }

  /** Drops the oldest changes once there are more than the limit; the head then carries the new base. */
  #prune(head: Head): Head {
    const max = this.#changesRetainedMax;
    if (head.revision - head.baseRevision <= max) return head;
    const kept = max - Math.floor(max / pruneShare);
    const baseRevision = head.revision - kept;
    const row = this.#statements.chainAt.get(baseRevision) as { chain: Checksum } | undefined;
    if (row === undefined) throw new Error(`change ${baseRevision} is missing`);
    this.#statements.pruneChanges.run(baseRevision);
    return { ...head, baseRevision, baseChain: row.chain };
  }
}

/** Drops all of history and lets the next change have a much higher revision (semantics.md 4). */
export function jumpTo(database: SqliteDatabase, head: Head, revision: number): Head {
  const jumped = { ...head, revision, baseRevision: revision, baseChain: head.chain };
  const statement: SqliteStatement = prepareHeadWrite(database);
  database.exec("BEGIN IMMEDIATE");
  database.exec("DELETE FROM changes");
  writeHead(statement, jumped);
  database.exec("COMMIT");
  return jumped;
}
