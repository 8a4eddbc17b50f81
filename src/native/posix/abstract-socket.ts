// Binds a Unix socket to a name without a file (Linux). https://man7.org/linux/man-pages/man7/unix.7.html
// Node does that from 22 on; before, its name is filled up with zeros to the full length of an address, which for the kernel is
// another name (seen with Node 20.20.2, libuv 1.46.0).

import { NativeError } from "../native-error.js";
import type { Libc } from "./bindings.js";
import { EADDRINUSE, errnoName, socketFailure } from "./errno.js";
import { hostLittleEndian, type PosixLayout, sockaddrUn } from "./layout.js";

/**
 * A bound, unlistened socket, whose descriptor is the caller's to close. `name`: 1 to 107 bytes. Throws NativeError, OS_ERROR
 * with EADDRINUSE where somebody has the name.
 */
export function bindAbstractSocket(libc: Libc, layout: PosixLayout, name: string): number {
  const address = encodeAddress(layout, name);
  const { AF_UNIX } = sockaddrUn;
  const descriptor = libc.socket(AF_UNIX, layout.SOCK_STREAM | layout.socketTypeFlags, 0);
  if (descriptor === -1) throw socketFailure("socket", libc.errno(), null);
  if (libc.bind(descriptor, address, address.length) === 0) return descriptor;
  const errorNumber = libc.errno();
  libc.close(descriptor);
  if (errorNumber !== EADDRINUSE) throw socketFailure("bind", errorNumber, null);
  const fields = { api: "bind", errorNumber, errorName: errnoName(errorNumber) };
  throw new NativeError("OS_ERROR", `bind failed with EADDRINUSE: a socket has the name`, fields);
}

/** A name ends with the address, and begins with a zero. */
function encodeAddress({ platform }: PosixLayout, name: string): Buffer {
  const bytes = Buffer.from(name);
  if (platform !== "linux") {
    throw new NativeError("UNSUPPORTED", `Names without files are of Linux, not of ${platform}.`);
  }
  if (bytes.length === 0 || bytes.length > sockaddrUn.nameBytesMax) {
    throw new NativeError(
      "RANGE_INVALID",
      `The name of a socket has 1 to ${sockaddrUn.nameBytesMax} bytes, not ${bytes.length}.`,
    );
  }
  const address = Buffer.alloc(sockaddrUn.nameAt + bytes.length);
  if (hostLittleEndian) address.writeUInt16LE(sockaddrUn.AF_UNIX, 0);
  else address.writeUInt16BE(sockaddrUn.AF_UNIX, 0);
  bytes.copy(address, sockaddrUn.nameAt);
  return address;
}
