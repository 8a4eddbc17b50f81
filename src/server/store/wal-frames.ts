// Reads the write-ahead log of SQLite as it lies on disk: header and frames, with their checksums. Judges nothing.
// Format: https://www.sqlite.org/fileformat2.html#walformat

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export const walHeaderBytes = 32;
export const frameHeaderBytes = 24;
/** The lowest bit of the magic number says which byte order the checksums are computed in. */
const magicLittleEndian = 0x377f0682;
const formatVersion = 3_007_000;
const chunkFrames = 64;

export type ChecksumPair = readonly [number, number];

export interface WalHeader {
  readonly pageBytes: number;
  readonly littleEndian: boolean;
  readonly salts: ChecksumPair;
  readonly checksum: ChecksumPair;
}

export interface WalFrame {
  /** From 1. */
  readonly index: number;
  readonly pageNumber: number;
  /** Pages of the database after the transaction that this frame ends; 0 in frames that end none. */
  readonly commitPages: number;
  readonly salts: ChecksumPair;
  /** The running checksum that the frame itself claims. */
  readonly checksum: ChecksumPair;
  /** The running checksum of this frame after a frame (or header) with checksum `before`. */
  checksumAfter(before: ChecksumPair): ChecksumPair;
}

export class WalFile {
  readonly byteCount: number;
  /** `null` when the header is not valid; SQLite then takes the log for empty. */
  readonly header: WalHeader | null;
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.byteCount = fstatSync(descriptor).size;
    const bytes = Buffer.alloc(walHeaderBytes);
    this.header = this.#read(bytes, 0) === walHeaderBytes ? headerOf(bytes) : null;
  }

  /** `null` when there is no such file. */
  static open(path: string): WalFile | null {
    try {
      return new WalFile(openSync(path, "r"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  /** All whole frames of the file, those after the logical end of the log included. None without a valid header. */
  *frames(): Generator<WalFrame> {
    if (this.header === null) return;
    const { littleEndian, pageBytes } = this.header;
    const frameBytes = frameHeaderBytes + pageBytes;
    let index = 0;
    for (let offset = walHeaderBytes; ; offset += frameBytes * chunkFrames) {
      const chunk = Buffer.alloc(frameBytes * chunkFrames);
      const count = Math.floor(this.#read(chunk, offset) / frameBytes);
      for (let nth = 0; nth < count; nth++) {
        index++;
        const bytes = chunk.subarray(nth * frameBytes, (nth + 1) * frameBytes);
        yield frameOf(bytes, index, littleEndian);
      }
      if (count < chunkFrames) return;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Fills the buffer as far as the file reaches. */
  #read(target: Buffer, offset: number): number {
    let filled = 0;
    while (filled < target.length) {
      const count = readSync(
        this.#descriptor,
        target,
        filled,
        target.length - filled,
        offset + filled,
      );
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }
}

export function samePair(a: ChecksumPair, b: ChecksumPair): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** `null` when it is not valid. */
export function headerOf(bytes: Buffer): WalHeader | null {
  const magic = bytes.readUInt32BE(0);
  if ((magic & ~1) >>> 0 !== magicLittleEndian) return null;
  const littleEndian = magic === magicLittleEndian;
  const pageBytes = bytes.readUInt32BE(8);
  const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  if (!isPowerOfTwo || pageBytes < 512 || pageBytes > 65_536) return null;
  if (bytes.readUInt32BE(4) !== formatVersion) return null;
  const checksum = pairAt(bytes, 24);
  const computed = runningChecksum([0, 0], bytes.subarray(0, 24), littleEndian);
  return samePair(checksum, computed)
    ? { pageBytes, littleEndian, salts: pairAt(bytes, 16), checksum }
    : null;
}

/** `bytes`: header and page of the frame. */
export function frameOf(bytes: Buffer, index: number, littleEndian: boolean): WalFrame {
  return {
    index,
    pageNumber: bytes.readUInt32BE(0),
    commitPages: bytes.readUInt32BE(4),
    salts: pairAt(bytes, 8),
    checksum: pairAt(bytes, 16),
    checksumAfter(before) {
      const overHeader = runningChecksum(before, bytes.subarray(0, 8), littleEndian);
      return runningChecksum(overHeader, bytes.subarray(frameHeaderBytes), littleEndian);
    },
  };
}

export function pairAt(bytes: Buffer, offset: number): ChecksumPair {
  return [bytes.readUInt32BE(offset), bytes.readUInt32BE(offset + 4)];
}

export function runningChecksum(
  before: ChecksumPair,
  bytes: Uint8Array,
  littleEndian: boolean,
): ChecksumPair {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [first, second] = before;
  for (let offset = 0; offset < bytes.byteLength; offset += 8) {
    first = (first + words.getUint32(offset, littleEndian) + second) >>> 0;
    second = (second + words.getUint32(offset + 4, littleEndian) + first) >>> 0;
  }
  return [first, second];
}
