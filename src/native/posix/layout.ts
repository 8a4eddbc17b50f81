// Constants and struct layouts of the C library and kernel, per platform, each with its source. Numbers only; no calls.

import { endianness } from "node:os";

/** Byte order of integers in kernel structs. Network-order fields are big-endian everywhere. */
export const hostLittleEndian = endianness() === "LE";

/** What differs between the POSIX platforms. */
export interface PosixLayout {
  readonly platform: "linux" | "darwin";
  readonly AF_INET: number;
  readonly AF_INET6: number;
  readonly SOCK_STREAM: number;
  readonly SOCK_DGRAM: number;
  /** SOCK_CLOEXEC | SOCK_NONBLOCK, or 0 where both must be set with fcntl after the call. */
  readonly socketTypeFlags: number;
  readonly SOL_SOCKET: number;
  readonly SO_REUSEADDR: number;
  readonly SO_REUSEPORT: number;
  /** Who connected to a Unix socket; `null` where it is asked for in another way. */
  readonly SO_PEERCRED: number | null;
  /** Drops or cuts what a socket receives; `null` where there is no such thing. */
  readonly SO_ATTACH_FILTER: number | null;
  /** Says which of the sockets that share a port receives; `null` where there is no such thing. */
  readonly SO_ATTACH_REUSEPORT_CBPF: number | null;
  readonly IPPROTO_IPV6: number;
  readonly IPV6_V6ONLY: number;
  readonly RLIMIT_NOFILE: number;
  readonly O_NONBLOCK: number;
  /** Lists the open descriptors of the process that reads it. */
  readonly descriptorFolder: string;
  /** BSD sockaddrs begin with a length byte and have a one-byte family. */
  readonly addressHasLength: boolean;
}

/**
 * Linux on every architecture that uses the generic headers (x64, arm64, arm, riscv64, ppc64, s390x; not mips or sparc).
 * https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 * https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in6.h
 * https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/resource.h
 */
export const linuxLayout: PosixLayout = {
  platform: "linux",
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  socketTypeFlags: 0o2_000_000 | 0o4_000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_REUSEPORT: 15,
  SO_PEERCRED: 17,
  SO_ATTACH_FILTER: 26,
  SO_ATTACH_REUSEPORT_CBPF: 51,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 26,
  RLIMIT_NOFILE: 7,
  O_NONBLOCK: 0o4_000,
  descriptorFolder: "/proc/self/fd",
  addressHasLength: false,
};

/**
 * macOS. Compiled but never run: nobody has verified that holding ports works there.
 * https://github.com/apple-oss-distributions/xnu/blob/main/bsd/sys/socket.h
 * https://github.com/apple-oss-distributions/xnu/blob/main/bsd/netinet6/in6.h
 * https://github.com/apple-oss-distributions/xnu/blob/main/bsd/sys/resource.h
 */
export const darwinLayout: PosixLayout = {
  platform: "darwin",
  AF_INET: 2,
  AF_INET6: 30,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  socketTypeFlags: 0,
  SOL_SOCKET: 0xffff,
  SO_REUSEADDR: 0x0004,
  SO_REUSEPORT: 0x0200,
  SO_PEERCRED: null,
  SO_ATTACH_FILTER: null,
  SO_ATTACH_REUSEPORT_CBPF: null,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 27,
  RLIMIT_NOFILE: 8,
  O_NONBLOCK: 0x0004,
  descriptorFolder: "/dev/fd",
  addressHasLength: true,
};

/** https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/fcntl.h, the same numbers on macOS. */
export const fcntlCommands = { F_SETFD: 2, F_SETFL: 4, FD_CLOEXEC: 1 } as const;

/** https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in.h */
export const sockaddrIn = { size: 16, familyAt: 0, portAt: 2, addressAt: 4 } as const;

/** https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in6.h */
export const sockaddrIn6 = {
  size: 28,
  familyAt: 0,
  portAt: 2,
  flowinfoAt: 4,
  addressAt: 8,
  scopeAt: 24,
} as const;

/** struct sockaddr_un, as an abstract name has it: a zero goes before it. https://man7.org/linux/man-pages/man7/unix.7.html */
export const sockaddrUn = { AF_UNIX: 1, nameAt: 3, nameBytesMax: 107 } as const;

/** struct ucred of SO_PEERCRED. https://man7.org/linux/man-pages/man7/unix.7.html */
export const ucred = { size: 12, processIdAt: 0, userIdAt: 4 } as const;

/** 64-bit processes only. https://man7.org/linux/man-pages/man2/getrlimit.2.html */
export const rlimit = { size: 16, softAt: 0, hardAt: 8 } as const;

/** https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/netlink.h */
export const netlink = {
  AF_NETLINK: 16,
  SOCK_RAW: 3,
  NETLINK_SOCK_DIAG: 4,
  NLM_F_REQUEST: 0x1,
  NLM_F_DUMP: 0x300,
  NLMSG_ERROR: 2,
  NLMSG_DONE: 3,
  MSG_DONTWAIT: 0x40,
} as const;

export const nlmsghdr = { size: 16, lengthAt: 0, typeAt: 4, flagsAt: 6, sequenceAt: 8 } as const;

/** https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/sock_diag.h and inet_diag.h */
export const sockDiag = {
  SOCK_DIAG_BY_FAMILY: 20,
  IPPROTO_TCP: 6,
  INET_DIAG_REQ_BYTECODE: 1,
  INET_DIAG_BC_S_GE: 2,
  INET_DIAG_BC_S_LE: 3,
} as const;

export const inetDiagReqV2 = { size: 56, familyAt: 0, protocolAt: 1, statesAt: 4 } as const;

export const inetDiagMsg = {
  size: 72,
  familyAt: 0,
  stateAt: 1,
  sourcePortAt: 4,
  destinationPortAt: 6,
  sourceAt: 8,
  destinationAt: 24,
  userIdAt: 64,
  inodeAt: 68,
} as const;

/** struct sock_fprog of 64-bit processes: a length and a pointer. https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/filter.h */
export const sockFprog = { size: 16 } as const;

/** BPF_RET | BPF_K: ends a classic BPF program with a number. https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/bpf_common.h */
export const filterReturn = 0x06;

/** One operation of the filter program: code, offset when true, offset when false (or, in an operand, the port). */
export const inetDiagBcOp = { size: 4, codeAt: 0, yesAt: 1, noAt: 2 } as const;

/** Header of a netlink attribute: length and type. */
export const nlattr = { size: 4, lengthAt: 0, typeAt: 2 } as const;
