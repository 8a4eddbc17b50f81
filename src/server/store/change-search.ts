// Looks through changes for those of a port, a lease or a service, in portions. Runs in the thread that owns the database and
// reads texts, not records: it may find too much, never too little, and whoever decodes the records looks again.

import type { ChangeSearch } from "../domain/lease-history.js";
import type { Head } from "./head.js";
import type { SqliteDatabase } from "./sqlite-api.js";

export interface FoundRows {
  readonly searchedTo: number;
  readonly complete: boolean;
  readonly oldestWallMs: number | null;
  readonly revisions: readonly number[];
  readonly wallMs: readonly number[];
  readonly bodies: readonly string[];
}

/** A few milliseconds of work; a commit that comes meanwhile waits for it. */
const rowsPerPortion = 2_000;

interface ChangeRow {
  readonly revision: number;
  readonly wall_ms: number;
  readonly body: string;
}

export function searchRows(
  database: SqliteDatabase,
  head: Head,
  search: ChangeSearch,
  afterRevision: number,
  countMax: number,
): FoundRows {
  const after = Math.max(afterRevision, head.baseRevision);
  let searchedTo = Math.min(after + rowsPerPortion, Math.max(after, head.revision));
  const sql =
    "SELECT revision, wall_ms, body FROM changes WHERE revision > ? AND revision <= ? ORDER BY revision";
  const mayBeWanted = bodyTest(search);
  const found: ChangeRow[] = [];
  for (const row of database.prepare(sql).iterate(after, searchedTo) as Iterable<ChangeRow>) {
    if (!inTime(row.wall_ms, search) || !mayBeWanted(row.body)) continue;
    found.push(row);
    if (found.length < countMax) continue;
    searchedTo = row.revision;
    break;
  }
  return {
    searchedTo,
    complete: searchedTo >= head.revision,
    oldestWallMs: oldestWallMs(database, head),
    revisions: found.map((row) => row.revision),
    wallMs: found.map((row) => row.wall_ms),
    bodies: found.map((row) => row.body),
  };
}

function inTime(wallMs: number, { fromWallMs, toWallMs }: ChangeSearch): boolean {
  return (fromWallMs === null || wallMs >= fromWallMs) && (toWallMs === null || wallMs < toWallMs);
}

/** Quotes within a text are escaped in JSON, so a name in quotes with its colon is a key. */
const leaseType = /"type":"lease_(?:granted|ttl_changed|observed|ended)"/;
const portsText = /"firstPort":(\d+),"lastPort":(\d+)/;

function bodyTest({ port, leaseId, service }: ChangeSearch): (body: string) => boolean {
  const texts: string[] = [];
  if (leaseId !== null) texts.push(`"leaseId":${JSON.stringify(leaseId)}`);
  if (service !== null) texts.push(`"service":${JSON.stringify(service)}`);
  return (body) => {
    if (!texts.every((text) => body.includes(text))) return false;
    if (port !== null) {
      const [, firstPort, lastPort] = portsText.exec(body) ?? [];
      if (port < Number(firstPort ?? Infinity) || port > Number(lastPort)) return false;
    }
    return leaseType.test(body);
  };
}

function oldestWallMs(database: SqliteDatabase, head: Head): number | null {
  const row = database
    .prepare("SELECT wall_ms FROM changes WHERE revision = ?")
    .get(head.baseRevision + 1);
  return (row as { wall_ms: number } | undefined)?.wall_ms ?? null;
}
