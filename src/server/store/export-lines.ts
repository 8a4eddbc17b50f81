// The form of an exported store: lines of JSON, the first of which says what it is and the last of which proves that nothing is
// missing. docs/store.md is its reference. Pure: files are read and written by export.ts and import.ts.

import { createHash } from "node:crypto";
import { recordVersion } from "./record.js";
import { type DecodedEntries, noEntries } from "./record-decode.js";
import { exportInvalid, exportTooNew, StoreError } from "./store-error.js";
import {
  blockFrom,
  endedFrom,
  FieldError,
  fieldsOf,
  integerOf,
  leaseFrom,
  textOf,
} from "./stored-fields.js";
import type { Fields } from "./stored-fields.js";
import { adjustmentFrom } from "./stored-adjustment.js";

export const exportVersion = 1;

export interface ExportedStore extends DecodedEntries {
  /** Of the last change that it shows. */
  readonly revision: number;
  /** 64 hexadecimal digits; `null`: holder keys are not to go on working. */
  readonly brokerSecret: string | null;
  /** For display only. */
  readonly exportedWallMs: number;
}

/**
 * Ends with a line break. Without the secret also what makes a repeated request recognisable is left out: its lease would come
 * back with another key.
 */
export function exportText(store: ExportedStore): string {
  const { revision, brokerSecret, exportedWallMs, blocks, adjustments } = store;
  const whole = brokerSecret !== null;
  const leases = store.leases.map((lease) => (whole ? lease : { ...lease, request: null }));
  const ended = whole ? store.ended : [];
  const head = { type: "portlease_export", version: exportVersion, recordVersion, revision };
  const counts = {
    blocks: blocks.length,
    leases: leases.length,
    ended: ended.length,
    adjustments: adjustments.length,
  };
  const lines = [
    { ...head, exportedWallMs, brokerSecret, ...counts },
    ...blocks.map((block) => ({ type: "block", block })),
    ...leases.map((lease) => ({ type: "lease", lease })),
    ...ended.map((end) => ({ type: "ended", ended: end })),
    ...adjustments.map((adjustment) => ({ type: "adjustment", adjustment })),
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return `${text}${JSON.stringify({ type: "end", lines: lines.length, sha256: digestOf(text) })}\n`;
}

/** Throws EXPORT_INVALID, naming the line, or STORE_TOO_NEW. `source` names the export for people. */
export function parseExport(text: string, source: string): ExportedStore {
  const lines = text.split("\n");
  const at = <T>(number: number, read: (fields: Fields) => T): T => {
    try {
      return read(fieldsOf(JSON.parse(lines[number - 1] ?? "") as unknown, "line", Infinity));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const reason = error instanceof FieldError ? error.message : "it is not JSON";
      throw exportInvalid(source, `line ${number}: ${reason}`);
    }
  };
  const head = at(1, (fields) => headFrom(fields, source));
  const { counts, ...facts } = head;
  const last = 2 + counts.reduce((sum, count) => sum + count, 0);
  if (lines.length !== last + 1 || lines[last] !== "") {
    throw exportInvalid(source, `it should have ${last} lines; it was cut, or something was added`);
  }
  at(last, (fields) => {
    const before = `${lines.slice(0, last - 1).join("\n")}\n`;
    const whole = fields["type"] === "end" && fields["sha256"] === digestOf(before);
    if (!whole) throw exportInvalid(source, "its checksum is wrong; it was changed on the way");
  });
  const exported: ExportedStore = { ...facts, ...noEntries() };
  for (let number = 2; number < last; number++) at(number, (fields) => addLine(exported, fields));
  const { blocks, leases, ended, adjustments } = exported;
  const found = [blocks, leases, ended, adjustments].map((records) => records.length);
  if (found.join() !== counts.join()) {
    throw exportInvalid(source, "the first line tells of other numbers of records");
  }
  return exported;
}

interface ExportHead extends Pick<ExportedStore, "revision" | "brokerSecret" | "exportedWallMs"> {
  /** Of blocks, leases, ended leases and adjustments. */
  readonly counts: readonly number[];
}

function headFrom(fields: Fields, source: string): ExportHead {
  if (fields["type"] !== "portlease_export") throw new FieldError("type", "portlease_export");
  const max = Number.MAX_SAFE_INTEGER;
  const version = integerOf(fields, "version", 1, max);
  if (version > exportVersion) throw exportTooNew(source, version, exportVersion);
  const records = integerOf(fields, "recordVersion", 1, max);
  if (records > recordVersion) throw exportTooNew(source, records, recordVersion);
  const count = (name: string): number => integerOf(fields, name, 0, max);
  return {
    revision: integerOf(fields, "revision", 0, max),
    exportedWallMs: integerOf(fields, "exportedWallMs", 0, max),
    brokerSecret: fields["brokerSecret"] === null ? null : secretOf(fields),
    counts: [
      count("blocks"),
      count("leases"),
      count("ended"),
      // Record versions before 4 had none.
      fields["adjustments"] === undefined ? 0 : count("adjustments"),
    ],
  };
}

function secretOf(fields: Fields): string {
  const secret = textOf(fields, "brokerSecret");
  if (!/^[0-9a-f]{64}$/.test(secret)) throw new FieldError("brokerSecret", "64 hexadecimal digits");
  return secret;
}

function addLine(entries: DecodedEntries, fields: Fields): void {
  const { blocks, leases, ended, adjustments } = entries;
  switch (fields["type"]) {
    case "block":
      blocks.push(known(fields, "block", blockFrom));
      return;
    case "lease":
      leases.push(known(fields, "lease", leaseFrom));
      return;
    case "ended":
      ended.push(known(fields, "ended", endedFrom));
      return;
    case "adjustment":
      adjustments.push(known(fields, "adjustment", adjustmentFrom));
      return;
    default:
      throw new FieldError("type", "one of block, lease, ended, adjustment");
  }
}

/** Older records may lack fields; none may have others. */
function known<T extends object>(line: Fields, name: string, read: (value: unknown) => T): T {
  const record = read(line[name]);
  fieldsOf(line[name], name, Object.keys(record).length);
  return record;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
