// Which pages a damaged write-ahead log still holds. SQLite ends a log at the first wrong byte; here it goes on wherever a later
// frame proves that finished transactions follow. Reads only; whether the rows on those pages are right is for others.

import { existsSync, readFileSync } from "node:fs";
import { pageBytes } from "./database-header.js";
import {
  frameHeaderBytes,
  frameOf,
  headerOf,
  pairAt,
  runningChecksum,
  samePair,
  walHeaderBytes,
} from "./wal-frames.js";
import type { ChecksumPair, WalFrame } from "./wal-frames.js";

export interface SalvagedPage {
  /** From 1. */
  readonly pageNumber: number;
  readonly bytes: Buffer;
  /** False when a byte of the frame is wrong, so that the page may be, too. */
  readonly proven: boolean;
}

export interface SalvagedLog {
  /** In the order in which they were written: a later one replaces an earlier one of the same number. */
  readonly pages: readonly SalvagedPage[];
  /** The pages of one more transaction at the end that nothing in the log proves; none when there is no such. */
  readonly doubtful: readonly SalvagedPage[];
}

const frameBytes = frameHeaderBytes + pageBytes;
/** More pages than any store of ours has; a damaged page number must not make a database of terabytes. */
const pageNumberMax = 1_000_000;

/** A missing or empty log holds nothing. */
export function salvageLog(path: string): SalvagedLog {
  if (!existsSync(path)) return { pages: [], doubtful: [] };
  const bytes = readFileSync(path);
  const count = Math.max(0, Math.floor((bytes.length - walHeaderBytes) / frameBytes));
  if (count === 0) return { pages: [], doubtful: [] };
  const readings = [true, false].map((littleEndian) => readFrames(bytes, count, littleEndian));
  // Both sums are the same only by chance: the right order of bytes is the one in which frames follow each other.
  const [best] = readings.toSorted((a, b) => b.linkedCount - a.linkedCount);
  return best === undefined ? { pages: [], doubtful: [] } : pagesOf(best, bytes);
}

interface ReadFrame {
  readonly frame: WalFrame;
  /** Its checksum goes on from the frame before: both are as they were written, but for a byte of the checksum before. */
  readonly linked: boolean;
  /** It has the salts of this log, so it is no rest of an earlier one. */
  readonly current: boolean;
}

interface Reading {
  readonly frames: readonly ReadFrame[];
  readonly linkedCount: number;
}

function readFrames(bytes: Buffer, count: number, littleEndian: boolean): Reading {
  const head = bytes.subarray(0, walHeaderBytes);
  const firstFrame = bytes.subarray(walHeaderBytes);
  // A damaged header says nothing certain; the first frame has the same salts.
  const salts = headerOf(head)?.salts ?? pairAt(firstFrame, 8);
  let before: readonly ChecksumPair[] = [
    pairAt(head, 24),
    runningChecksum([0, 0], head.subarray(0, 24), littleEndian),
  ];
  let linkedCount = 0;
  const frames: ReadFrame[] = [];
  for (let index = 0; index < count; index++) {
    const start = walHeaderBytes + index * frameBytes;
    const frame = frameOf(bytes.subarray(start, start + frameBytes), index + 1, littleEndian);
    const computed = before.map((pair) => frame.checksumAfter(pair));
    const linked = computed.some((pair) => samePair(pair, frame.checksum));
    if (linked) linkedCount++;
    frames.push({ frame, linked, current: samePair(frame.salts, salts) });
    before = linked ? [frame.checksum] : [frame.checksum, ...computed];
  }
  return { frames, linkedCount };
}

function pagesOf({ frames }: Reading, bytes: Buffer): SalvagedLog {
  const end = provenEnd(frames);
  const pages = (from: number, to: number): SalvagedPage[] =>
    frames
      .slice(from, to)
      .filter(({ linked, current }) => linked || current)
      .filter(({ frame: { pageNumber } }) => pageNumber > 0 && pageNumber <= pageNumberMax)
      .map(({ frame: { index, pageNumber }, linked }) => {
        const start = walHeaderBytes + (index - 1) * frameBytes + frameHeaderBytes;
        return { pageNumber, bytes: bytes.subarray(start, start + pageBytes), proven: linked };
      });
  const doubtfulEnd = frames.findIndex(
    ({ frame, current }, index) => index >= end && current && frame.commitPages !== 0,
  );
  return { pages: pages(0, end), doubtful: doubtfulEnd < 0 ? [] : pages(end, doubtfulEnd + 1) };
}

/**
 * How many frames belong to transactions that were surely finished: SQLite begins one only after the one before was synced, so
 * a frame that goes on from a transaction's last one proves that transaction (see wal-check.ts); and whole transactions that
 * follow a proven one without a gap are what SQLite itself would recover.
 */
function provenEnd(frames: readonly ReadFrame[]): number {
  let end = 0;
  let unbroken = true;
  for (const [index, { frame, linked }] of frames.entries()) {
    const former = frames[index - 1];
    if (!linked) unbroken = false;
    else if (!unbroken && former?.current && former.frame.commitPages !== 0) {
      end = index;
      unbroken = true;
    }
    if (unbroken && frame.commitPages !== 0) end = index + 1;
  }
  return end;
}
