// The C library functions that portlease calls, one line each, cast to typed signatures. The only POSIX file that touches koffi.
// Integers, Buffers and packet filters cross; results are as in C (-1 and errno on failure).

import { loadKoffi } from "../load-koffi.js";

/** Names, parameters and results as in the manual pages (section 2). Lengths are bytes. */
export interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly setsockopt: (
    descriptor: number,
    level: number,
    name: number,
    value: Buffer,
    length: number,
  ) => number;
  /** The length is an int that goes in and comes out. */
  readonly getsockopt: (
    descriptor: number,
    level: number,
    name: number,
    value: Buffer,
    length: Buffer,
  ) => number;
  /** setsockopt with a struct sock_fprog, whose length in bytes is the last argument. */
  readonly setFilter: (
    descriptor: number,
    level: number,
    name: number,
    program: FilterProgram,
    length: number,
  ) => number;
  readonly bind: (descriptor: number, address: Buffer, length: number) => number;
  readonly listen: (descriptor: number, backlog: number) => number;
  readonly close: (descriptor: number) => number;
  readonly fcntl: (descriptor: number, command: number, type: "int", argument: number) => number;
  readonly getrlimit: (resource: number, limits: Buffer) => number;
  readonly setrlimit: (resource: number, limits: Buffer) => number;
  readonly getsockname: (descriptor: number, address: Buffer, length: Buffer) => number;
  readonly poll: (descriptors: Buffer, count: number, timeoutMs: number) => number;
  /** For calls that older C libraries have no function for. Both arguments are ints. */
  readonly syscall: (
    number: number,
    firstType: "int",
    first: number,
    secondType: "int",
    second: number,
  ) => number;
  readonly send: (descriptor: number, buffer: Buffer, length: number, flags: number) => number;
  readonly recv: (descriptor: number, buffer: Buffer, length: number, flags: number) => number;
  /** The errno of the last call. Stale after a success: read it only after a failure, before the next call and in the same tick. */
  readonly errno: () => number;
}

/** A classic BPF program, struct sock_fprog. https://docs.kernel.org/networking/filter.html#structure */
export interface FilterProgram {
  readonly len: number;
  readonly filter: readonly FilterInstruction[];
}

/** struct sock_filter: operation, jump offsets, operand. */
export interface FilterInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** Loads koffi and declares the functions (under a millisecond). Throws UNSUPPORTED where koffi has no build for this machine. */
export function loadLibc(): Libc {
  const koffi = loadKoffi();
  // null is the process itself: its C library, whatever its file is called (glibc, musl, libSystem).
  const libc = koffi.load(null);
  const instruction = koffi.struct({
    code: "uint16_t",
    jt: "uint8_t",
    jf: "uint8_t",
    k: "uint32_t",
  });
  const program = koffi.struct({ len: "uint16_t", filter: koffi.pointer(instruction) });
  return {
    socket: libc.func("int socket(int, int, int)") as Libc["socket"],
    setsockopt: libc.func("int setsockopt(int, int, int, void *, uint32_t)") as Libc["setsockopt"],
    getsockopt: libc.func("int getsockopt(int, int, int, void *, void *)") as Libc["getsockopt"],
    setFilter: libc.func("setsockopt", "int", [
      "int",
      "int",
      "int",
      koffi.pointer(program),
      "uint32_t",
    ]) as Libc["setFilter"],
    bind: libc.func("int bind(int, void *, uint32_t)") as Libc["bind"],
    listen: libc.func("int listen(int, int)") as Libc["listen"],
    close: libc.func("int close(int)") as Libc["close"],
    fcntl: libc.func("int fcntl(int, int, ...)") as Libc["fcntl"],
    getrlimit: libc.func("int getrlimit(int, void *)") as Libc["getrlimit"],
    setrlimit: libc.func("int setrlimit(int, void *)") as Libc["setrlimit"],
    getsockname: libc.func("int getsockname(int, void *, void *)") as Libc["getsockname"],
    poll: libc.func("int poll(void *, unsigned long, int)") as Libc["poll"],
    syscall: libc.func("long syscall(long, ...)") as Libc["syscall"],
    send: libc.func("long send(int, void *, size_t, int)") as Libc["send"],
    recv: libc.func("long recv(int, void *, size_t, int)") as Libc["recv"],
    errno: () => koffi.errno(),
  };
}
