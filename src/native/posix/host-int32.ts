// Ints of C in the byte order of this machine.

import { hostLittleEndian } from "./layout.js";

export function hostInt32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (hostLittleEndian) bytes.writeInt32LE(value);
  else bytes.writeInt32BE(value);
  return bytes;
}

export function readHostInt32(bytes: Buffer, offset: number): number {
  return hostLittleEndian ? bytes.readInt32LE(offset) : bytes.readInt32BE(offset);
}
