// Finds everything that can be proven in a private copy of a damaged store and writes it as a new database file. Decides in which
// order the parts are believed; how each is read is in the files named salvage-*.

import { join } from "node:path";
import type { DataDirectory } from "./data-directory.js";
import { firstRevision } from "./first-revision.js";
import type { Head } from "./head.js";
import { writeDatabase } from "./new-database.js";
import { entriesOf } from "./record.js";
import { addEntry, decodeChange, noEntries } from "./record-decode.js";
import {
  changesLost,
  entryUnreadable,
  leaseDropped,
  requestForgotten,
  secretLost,
  stateIncomplete,
} from "./repair-report.js";
import type { SalvageSummary } from "./repair-report.js";
import { imageOf, writeImage } from "./salvage-image.js";
import { salvageLog } from "./salvage-log.js";
import type { SalvagedLog, SalvagedPage } from "./salvage-log.js";
import { RowSalvage } from "./salvage-rows.js";
import type { ProvenRows } from "./salvage-rows.js";
import { salvageState } from "./salvage-state.js";
import type { SalvagedState, SalvageSource } from "./salvage-state.js";
import type { SqliteApi } from "./sqlite-api.js";
import { readWatermark } from "./watermark.js";
import type { Mark } from "./watermark.js";

/** Head rows of earlier moments are looked at, newest first, until one is sound: the secret is the same in all of them. */
const olderHeadsMax = 200;

export class Salvage {
  readonly #api: SqliteApi;
  readonly #copy: DataDirectory;
  #images = 0;

  constructor(api: SqliteApi, copy: DataDirectory) {
    this.#api = api;
    this.#copy = copy;
  }

  /** Throws only for causes outside the files, and STORE_TOO_NEW. */
  writeTo(path: string, nowWallMs: number): SalvageSummary {
    const log = salvageLog(this.#copy.walPath);
    const mark = this.#mark();
    const versions = this.#versions(log, mark);
    const [newest] = versions;
    const state = salvageState(versions.map((rows) => this.#sourceOf(rows)));
    const head = newest?.head ?? this.#olderHead(log.pages);
    const changes = newest?.changes ?? [];
    const lastKnown = Math.max(
      head?.revision ?? 0,
      mark?.revision ?? 0,
      lastRevision(state, changes),
    );
    const revision = Math.max(lastKnown, firstRevision(nowWallMs));
    const brokerSecret = head?.brokerSecret ?? null;
    writeDatabase(this.#api, path, { revision, brokerSecret, entries: entriesOf(state) });
    return {
      leaseCount: state.leases.length,
      endedCount: state.ended.length,
      blockCount: state.blocks.length,
      adjustmentCount: state.adjustments.length,
      revision,
      secretKept: brokerSecret !== null,
      losses: [
        ...(brokerSecret === null ? [secretLost] : []),
        ...gaps(newest, lastKnown),
        ...unreadableEntries(versions, state),
        ...state.dropped.map(({ lease, why }) => leaseDropped(lease, why)),
        ...state.requestLost.map(requestForgotten),
      ],
    };
  }

  #mark(): Mark | null {
    const watermark = readWatermark(this.#copy.watermarkPath);
    return watermark.state === "intact" ? watermark.mark : null;
  }

  /** The store as it last was; and, where pages of that are doubtful, as it was without them. */
  #versions({ pages, doubtful }: SalvagedLog, mark: Mark | null): readonly ProvenRows[] {
    const proven = this.#rowsOf(pages);
    const versions: ProvenRows[] = [];
    if (doubtful.length > 0 && mark !== null && !reaches(proven, mark)) {
      const rows = this.#rowsOf([...pages, ...doubtful]);
      if (reaches(rows, mark)) versions.push(rows);
    }
    versions.push(proven);
    const sound = pages.filter((page) => page.proven);
    if (sound.length < pages.length) versions.push(this.#rowsOf(sound));
    return versions;
  }

  #rowsOf(pages: readonly SalvagedPage[]): ProvenRows {
    return this.#read(imageOf(this.#copy.databasePath, pages), (rows) => rows.read());
  }

  #olderHead(pages: readonly SalvagedPage[]): Head | null {
    const count = Math.min(pages.length, olderHeadsMax);
    for (let left = pages.length; left >= pages.length - count; left--) {
      const image = imageOf(this.#copy.databasePath, pages.slice(0, left));
      const head = this.#read(image, (rows) => rows.readHead());
      if (head !== null) return head;
    }
    return null;
  }

  #read<T>(image: Buffer, read: (rows: RowSalvage) => T): T {
    this.#images++;
    const path = join(this.#copy.path, `image-${this.#images}.db`);
    writeImage(this.#api, path, image, join(this.#copy.path, "empty.db"));
    const database = this.#api.open(path);
    try {
      return read(new RowSalvage(database));
    } finally {
      database.close();
    }
  }

  /** Also what a checksum proves may be of no known kind; then it is damage of another sort, and left out. */
  #sourceOf({ entries: rows, changes }: ProvenRows): SalvageSource {
    const entries = noEntries();
    for (const { key, value } of rows) addEntry(entries, key, value);
    return {
      entries,
      changes: changes.map(({ revision, body }) =>
        decodeChange(revision, 0, body, this.#copy.path),
      ),
    };
  }
}

/** True when the rows have the change that was acknowledged last. */
function reaches({ head, changes }: ProvenRows, mark: Mark): boolean {
  if (head !== null && head.revision >= mark.revision) return true;
  return changes.some(({ revision, chain }) => revision === mark.revision && chain === mark.chain);
}

function lastRevision(state: SalvagedState, changes: ProvenRows["changes"]): number {
  const leases = [...state.leases, ...state.ended.map(({ lease }) => lease)];
  const revisions = leases.map((lease) => Math.max(lease.revision, lease.generation));
  return Math.max(0, changes.at(-1)?.revision ?? 0, ...revisions);
}

/** Revisions between the oldest kept change and the last acknowledged one of which nothing is known. */
function gaps(rows: ProvenRows | undefined, lastKnown: number): string[] {
  const { head = null, changes = [] } = rows ?? {};
  const found = changes.map(({ revision }) => revision);
  const losses: string[] = [];
  let before = head?.baseRevision ?? (found[0] ?? lastKnown) - 1;
  for (const revision of [...found, lastKnown + 1]) {
    if (revision > before + 1) losses.push(changesLost(before + 1, revision - 1));
    before = Math.max(before, revision);
  }
  return losses;
}

function unreadableEntries(versions: readonly ProvenRows[], state: SalvagedState): string[] {
  const saved = new Set(entriesOf(state).map(({ key }) => key));
  const [newest] = versions;
  const losses = (newest?.entriesLost ?? []).filter((key) => !saved.has(key)).map(entryUnreadable);
  const expected = newest?.head?.entryCount;
  if (expected !== undefined && saved.size < expected) {
    losses.push(stateIncomplete(saved.size, expected));
  }
  return losses;
}
