// Makes sure that the process may open as many descriptors as a block needs, before the first one is opened.

import { readdirSync } from "node:fs";
import { NativeError } from "../native-error.js";
import type { Libc } from "./bindings.js";
import { errnoName } from "./errno.js";
import { hostLittleEndian, type PosixLayout, rlimit } from "./layout.js";

/** Left for everything else that the process opens: connections, the store, log files, taking ports back. */
export const descriptorsSpare = 64;

export class DescriptorLimit {
  readonly #libc: Libc;
  readonly #layout: PosixLayout;

  constructor(libc: Libc, layout: PosixLayout) {
    this.#libc = libc;
    this.#layout = layout;
  }

  /** How many more descriptors this process can be allowed, its soft limit raised to the hard one; `null`: without limit. */
  available(): number | null {
    const { hard } = this.#read();
    return Number.isFinite(hard) ? Math.max(0, hard - this.#countOpen()) : null;
  }

  /** Raises the soft limit where that is enough. Throws DESCRIPTOR_LIMIT where the hard limit is too low. */
  ensure(count: number): void {
    const limits = this.#read();
    const open = this.#countOpen();
    const needed = open + count + descriptorsSpare;
    if (needed <= limits.soft) return;
    if (needed > limits.hard) throw limitError(count, open, needed, limits.hard);
    this.#raiseSoft();
  }

  #read(): { soft: number; hard: number } {
    const limits = this.#readBytes();
    const numberAt = (at: number): number => {
      const value = hostLittleEndian ? limits.readBigUInt64LE(at) : limits.readBigUInt64BE(at);
      // RLIM_INFINITY: 2^64 - 1 on Linux, 2^63 - 1 on macOS.
      return value >= 2n ** 63n - 1n ? Infinity : Number(value);
    };
    return { soft: numberAt(rlimit.softAt), hard: numberAt(rlimit.hardAt) };
  }

  /** The listing itself is one of them. */
  #countOpen(): number {
    return readdirSync(this.#layout.descriptorFolder).length;
  }

  #readBytes(): Buffer {
    const limits = Buffer.alloc(rlimit.size);
    if (this.#libc.getrlimit(this.#layout.RLIMIT_NOFILE, limits) !== 0) {
      throw this.#failure("getrlimit");
    }
    return limits;
  }

  #raiseSoft(): void {
    const limits = this.#readBytes();
    limits.copy(limits, rlimit.softAt, rlimit.hardAt, rlimit.hardAt + 8);
    if (this.#libc.setrlimit(this.#layout.RLIMIT_NOFILE, limits) !== 0) {
      throw this.#failure("setrlimit");
    }
  }

  #failure(api: string): NativeError {
    const errorNumber = this.#libc.errno();
    const errorName = errnoName(errorNumber);
    return new NativeError(
      "OS_ERROR",
      `${api} failed with ${errorName} (${errorNumber}), so it is unknown how many files this process may open. ` +
        "Check the sandbox that it runs in.",
      { api, errorNumber, errorName },
    );
  }
}

function limitError(count: number, open: number, needed: number, hard: number): NativeError {
  return new NativeError(
    "DESCRIPTOR_LIMIT",
    `Holding ${count} ports takes ${count} open files. With the ${open} that are open and ${descriptorsSpare} spare that is ` +
      `${needed}, and the hard limit of this process is ${hard}. Raise the limit to ${needed} or more before the start ` +
      `(ulimit -n ${needed} in the shell, LimitNOFILE=${needed} in the systemd unit, ` +
      `--ulimit nofile=${needed}:${needed} for docker), or reserve ${Math.max(0, hard - open - descriptorsSpare)} ports or fewer.`,
  );
}
