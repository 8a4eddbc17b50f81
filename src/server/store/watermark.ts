// The last acknowledged revision, in a small file of its own beside the database. It is overwritten in place after each
// commit and before the answer, without a sync: it outlives the process at once and the machine soon after. With it a store
// that lost its last acknowledged changes is recognised, which nothing within the database can do.

import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { checksumOf } from "./checksum.js";
import type { Checksum } from "./checksum.js";
import { syncDirectory } from "./sync-directory.js";

/** A place in history: the revision and the chain checksum there. */
export interface Mark {
  readonly revision: number;
  readonly chain: Checksum;
}

export type WatermarkState =
  | { readonly state: "missing" }
  | { readonly state: "damaged" }
  /** A repair or an import put another store here, and nobody has opened it yet. */
  | { readonly state: "replaced" }
  /** One of them was interrupted; the folder has the files of before, "" when there were none. */
  | { readonly state: "replacing"; readonly keptIn: string }
  | { readonly state: "intact"; readonly mark: Mark };

const title = "portlease watermark 1";
const revisionDigits = 16;
const pattern = new RegExp(
  `^(${title} (\\d{${revisionDigits}}) ([0-9a-f]{32})) ([0-9a-f]{32})\\n$`,
);

/** What stands in the file instead of a mark: see `WatermarkState`. */
export const replacedMark = markedWith("replaced");

export function replacingMark(keptIn: string): string {
  return markedWith(`replacing ${keptIn}`);
}

function markedWith(word: string): string {
  return `portlease watermark ${word}\n`;
}

const replacingPattern = /^portlease watermark replacing ([\w-]*)\n$/;

export function readWatermark(path: string): WatermarkState {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { state: "missing" };
    throw error;
  }
  if (text === replacedMark) return { state: "replaced" };
  const keptIn = replacingPattern.exec(text)?.[1];
  if (keptIn !== undefined) return { state: "replacing", keptIn };
  const [, content, revision, chain, checksum] = pattern.exec(text) ?? [];
  if (content === undefined || revision === undefined || chain === undefined) {
    return { state: "damaged" };
  }
  if (checksum !== checksumOf(content)) return { state: "damaged" };
  return { state: "intact", mark: { revision: Number(revision), chain } };
}

/** Always the same length, so that overwriting in place needs no space and leaves no rest. */
function textOf(mark: Mark): string {
  const revision = String(mark.revision).padStart(revisionDigits, "0");
  const content = `${title} ${revision} ${mark.chain}`;
  return `${content} ${checksumOf(content)}\n`;
}

export class Watermark {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Opens the file, or creates it, and makes `mark` durable in it. */
  static write(path: string, mark: Mark): Watermark {
    let descriptor: number;
    let created = false;
    try {
      descriptor = openSync(path, "r+");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      descriptor = openSync(path, "wx", 0o600);
      created = true;
    }
    const watermark = new Watermark(descriptor);
    watermark.advance(mark);
    // A damaged one may have been longer.
    ftruncateSync(descriptor, textOf(mark).length);
    fsyncSync(descriptor);
    if (created) syncDirectory(dirname(path));
    return watermark;
  }

  /** Microseconds: reaches the page cache, not the disk. */
  advance(mark: Mark): void {
    writeSync(this.#descriptor, textOf(mark), 0, "latin1");
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
