// Tells a damaged write-ahead log from one that merely ends in an unfinished transaction. SQLite does not: it ends the log at
// the first frame whose checksum is wrong and calls the rest, however many transactions, a torn tail, with integrity "ok".
// Whether the very last transaction was acknowledged is not to be seen here; the watermark knows that.

import { samePair, WalFile } from "./wal-frames.js";
import type { ChecksumPair, WalFrame, WalHeader } from "./wal-frames.js";

export interface WalReport {
  /** What is damaged, for people; `null` when nothing is. */
  readonly damage: string | null;
  /** Frames that SQLite will recover. */
  readonly recoveredFrames: number;
  /**
   * True when there is a whole or partial transaction after the recovered end that looks finished but cannot be verified:
   * torn by power loss before it was acknowledged, or the last acknowledged one, damaged.
   */
  readonly doubtfulEnd: boolean;
}

const headerBytes = 32;
const nothing: WalReport = { damage: null, recoveredFrames: 0, doubtfulEnd: false };

/** Reads the whole file. A missing or empty one is fine. Call it while nobody writes. */
export function checkWal(path: string): WalReport {
  const wal = WalFile.open(path);
  if (wal === null) return nothing;
  try {
    if (wal.header !== null) return judgeFrames(wal.header, wal.frames());
    // The header is synced before the first frame is written: no longer than a header, nothing was ever in it.
    if (wal.byteCount <= headerBytes) return nothing;
    return {
      damage: "the header of the write-ahead log is not valid, SQLite would ignore all of the log",
      recoveredFrames: 0,
      doubtfulEnd: true,
    };
  } finally {
    wal.close();
  }
}

/** What is known of the frame before, once the recovered end is passed. */
interface FormerFrame {
  /** The running checksums with which a next frame may go on. */
  readonly checksums: readonly ChecksumPair[];
  readonly endsTransaction: boolean;
}

/**
 * The proof of damage: past the recovered end, a frame that ends a transaction and after it one that goes on from its
 * checksum. SQLite begins a transaction only after the one before it was synced, so that one was complete on disk once.
 * Frames with the current salts alone prove nothing: power loss may keep any part of an unfinished transaction, and a
 * transaction that failed on a full disk leaves its frames behind a shorter one.
 */
function judgeFrames(header: WalHeader, frames: Iterable<WalFrame>): WalReport {
  let running: ChecksumPair = header.checksum;
  let recoveredFrames = 0;
  let former: FormerFrame | null = null;
  let doubtfulEnd = false;
  for (const frame of frames) {
    const current = samePair(frame.salts, header.salts);
    if (former === null) {
      const computed = frame.checksumAfter(running);
      if (current && frame.pageNumber !== 0 && samePair(computed, frame.checksum)) {
        running = computed;
        if (frame.commitPages !== 0) recoveredFrames = frame.index;
        continue;
      }
      // One wrong byte is either in the checksum or in what it covers, so the log goes on from one of the two.
      former = { checksums: [frame.checksum, computed], endsTransaction: frame.commitPages !== 0 };
      // A frame of the log before this one is what normally follows the end; its salts are others.
      doubtfulEnd = current && frame.commitPages !== 0;
      continue;
    }
    if (current && former.endsTransaction && goesOnFrom(former, frame)) {
      return { damage: damageAfter(recoveredFrames, frame.index), recoveredFrames, doubtfulEnd };
    }
    doubtfulEnd ||= current && frame.commitPages !== 0;
    former = {
      checksums: [frame.checksum],
      endsTransaction: current && frame.commitPages !== 0,
    };
  }
  return { damage: null, recoveredFrames, doubtfulEnd };
}

function goesOnFrom(former: FormerFrame, frame: WalFrame): boolean {
  return former.checksums.some((before) => samePair(frame.checksumAfter(before), frame.checksum));
}

function damageAfter(recoveredFrames: number, goesOnAtFrame: number): string {
  return (
    `the write-ahead log is broken after frame ${recoveredFrames} but goes on at frame ${goesOnAtFrame}: ` +
    `SQLite would silently drop finished transactions`
  );
}
