// Writes batches into an open, verified store, one transaction each, and keeps the sums in the head row. Encodes nothing and
// knows nothing of leases. After a failure it is worthless: what it remembers may not be what is on disk.

import { chainAfter, digestText, entryChecksum, toggled } from "./checksum.js";
import type { Checksum } from "./checksum.js";
import { prepareHeadWrite, writeHead } from "./head.js";
import type { Head } from "./head.js";
import type { SqliteDatabase, SqliteStatement, SqliteValue } from "./sqlite-api.js";
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

/** How much of the past is kept. */
export interface ChangeRetention {
  readonly countMax: number;
  /** By the wall clock; Infinity: however old. Checked when something is committed: a silent broker keeps its last changes. */
  readonly ageMaxMs: number;
}

/** Oldest changes go in portions of this share of the limit, so that most commits need not touch them. */
const pruneShare = 100;
/** And in portions of this size at most, beyond what a batch adds: a cut limit must not hold one commit up for long. */
const pruneMax = 5_000;
/** Pages that a transaction writes besides those of its entries: the head, the end of history. */
const framesPerCommit = 3;

export class CommitWriter {
  readonly #database: SqliteDatabase;
  readonly #checksums: Map<string, Checksum>;
  #retention: ChangeRetention;
  readonly #statements;
  #head: Head;
  #digest: bigint;
  #framesWritten = 0;
  /** Of the oldest change that is kept; `null`: to be read. */
  #oldestWallMs: number | null = null;

  constructor(database: SqliteDatabase, verified: VerifiedStore, retention: ChangeRetention) {
    this.#database = database;
    this.#checksums = verified.checksums;
    this.#retention = retention;
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
      wallAt: database.prepare("SELECT wall_ms FROM changes WHERE revision = ?"),
      youngFrom: database.prepare(
        "SELECT min(revision) AS revision FROM changes WHERE revision > ? AND revision <= ? AND wall_ms >= ?",
      ),
      writeHead: prepareHeadWrite(database),
    };
  }

  get head(): Head {
    return this.#head;
  }

  /** How much of the past is kept from the next commit on. */
  retain(retention: ChangeRetention): void {
    this.#retention = retention;
    this.#oldestWallMs = null;
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
    const written = {
      ...this.#head,
      revision: this.#head.revision + batch.bodies.length,
      chain,
      entryCount: this.#checksums.size,
      entryDigest: digestText(this.#digest),
    };
    const head = this.#prune(written, batch.wallMs.at(-1) ?? 0);
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
      execute(this.#statements.insertChange, revision, wallMs, body, chain);
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
        execute(this.#statements.upsertEntry, key, value, checksum);
      } else if (former !== undefined) {
        this.#checksums.delete(key);
        execute(this.#statements.deleteEntry, key);
      }
    }
  }

  /** Drops the oldest changes once there are too many, or some are too old; the head then carries the new base. */
  #prune(head: Head, nowWallMs: number): Head {
    const added = head.revision - this.#head.revision;
    const portionEnd = Math.min(head.baseRevision + pruneMax + added, head.revision);
    const tooMany = this.#tooManyUpTo(head);
    const tooOld = this.#tooOldUpTo(head, portionEnd, nowWallMs - this.#retention.ageMaxMs);
    const baseRevision = Math.min(Math.max(tooMany, tooOld), portionEnd);
    if (baseRevision <= head.baseRevision) return head;
    const row = this.#statements.chainAt.get(baseRevision) as { chain: Checksum } | undefined;
    if (row === undefined) throw new Error(`change ${baseRevision} is missing`);
    this.#statements.pruneChanges.run(baseRevision);
    this.#oldestWallMs = null;
    return { ...head, baseRevision, baseChain: row.chain };
  }

  #tooManyUpTo({ revision, baseRevision }: Head): number {
    const { countMax } = this.#retention;
    if (revision - baseRevision <= countMax) return baseRevision;
    return revision - (countMax - Math.floor(countMax / pruneShare));
  }

  /** Up to the first change that is young enough: what comes after it stays, whatever its clock said. */
  #tooOldUpTo({ baseRevision }: Head, portionEnd: number, oldestWallMs: number): number {
    this.#oldestWallMs ??= this.#wallMsAt(baseRevision + 1);
    if (this.#oldestWallMs >= oldestWallMs) return baseRevision;
    const row = this.#statements.youngFrom.get(baseRevision, portionEnd, oldestWallMs);
    const young = (row as { revision: number | null } | undefined)?.revision ?? null;
    return young === null ? portionEnd : young - 1;
  }

  #wallMsAt(revision: number): number {
    const row = this.#statements.wallAt.get(revision) as { wall_ms: number } | undefined;
    return row?.wall_ms ?? Infinity;
  }
}

/** `get` of a statement without rows does what `run` does, without an object that says what it did: 0.7 of its 2.5 us. */
function execute(statement: SqliteStatement, ...values: SqliteValue[]): void {
  statement.get(...values);
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
