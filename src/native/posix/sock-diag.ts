// Requests and answers of the kernel's socket diagnostics over netlink, as bytes. Pure; opens nothing.
// https://man7.org/linux/man-pages/man7/sock_diag.7.html

import type { PortRun } from "../host-ports.js";
import { formatIpv4, formatIpv6, type IpFamily } from "../ip-address.js";
import { lastPortOf } from "../port-runs.js";
import {
  hostLittleEndian,
  inetDiagBcOp,
  inetDiagMsg,
  inetDiagReqV2,
  linuxLayout,
  netlink,
  nlattr,
  nlmsghdr,
  sockDiag,
} from "./layout.js";
import { type TcpRow, tcpStateName } from "./tcp-row.js";

/**
 * All states, also TCP_BOUND_INACTIVE (bit 13): since Linux 6.8 sockets that are bound and do nothing yet are listed for it;
 * older kernels ignore the bit and leave them out. The kernel change is titled "tcp: Dump bound-only sockets in inet_diag".
 * https://github.com/torvalds/linux/blob/v6.18/net/ipv4/tcp_diag.c
 */
const allStates = 0xffff_ffff;

/** Asks for the TCP sockets of one family whose local port is in `ports`; the kernel itself leaves out the others. */
export function encodeTcpDump(family: IpFamily, ports: PortRun): Buffer {
  const filter = encodePortFilter(ports);
  const message = Buffer.alloc(nlmsghdr.size + inetDiagReqV2.size + nlattr.size + filter.length);
  const header = viewOf(message);
  header.setUint32(nlmsghdr.lengthAt, message.length, hostLittleEndian);
  header.setUint16(nlmsghdr.typeAt, sockDiag.SOCK_DIAG_BY_FAMILY, hostLittleEndian);
  header.setUint16(nlmsghdr.flagsAt, netlink.NLM_F_REQUEST | netlink.NLM_F_DUMP, hostLittleEndian);
  const request = viewOf(message.subarray(nlmsghdr.size));
  request.setUint8(
    inetDiagReqV2.familyAt,
    family === "ipv4" ? linuxLayout.AF_INET : linuxLayout.AF_INET6,
  );
  request.setUint8(inetDiagReqV2.protocolAt, sockDiag.IPPROTO_TCP);
  request.setUint32(inetDiagReqV2.statesAt, allStates, hostLittleEndian);
  const attribute = message.subarray(nlmsghdr.size + inetDiagReqV2.size);
  viewOf(attribute).setUint16(nlattr.lengthAt, attribute.length, hostLittleEndian);
  viewOf(attribute).setUint16(nlattr.typeAt, sockDiag.INET_DIAG_REQ_BYTECODE, hostLittleEndian);
  attribute.set(filter, nlattr.size);
  return message;
}

/** One received buffer: `done` is true after the last one; an `errorNumber` means that there will be no rows. */
export interface TcpDumpPart {
  readonly rows: readonly TcpRow[];
  readonly done: boolean;
  readonly errorNumber: number | null;
}

/** `buffer` holds exactly what was received. */
export function decodeTcpDump(buffer: Buffer): TcpDumpPart {
  const rows: TcpRow[] = [];
  let at = 0;
  while (at + nlmsghdr.size <= buffer.length) {
    const view = viewOf(buffer.subarray(at));
    const length = view.getUint32(nlmsghdr.lengthAt, hostLittleEndian);
    if (length < nlmsghdr.size || at + length > buffer.length) break;
    const type = view.getUint16(nlmsghdr.typeAt, hostLittleEndian);
    if (type === netlink.NLMSG_DONE) return { rows, done: true, errorNumber: null };
    if (type === netlink.NLMSG_ERROR) {
      return { rows: [], done: true, errorNumber: -view.getInt32(nlmsghdr.size, hostLittleEndian) };
    }
    rows.push(decodeRow(buffer.subarray(at + nlmsghdr.size, at + length)));
    at += (length + 3) & ~3;
  }
  return { rows, done: false, errorNumber: null };
}

function decodeRow(message: Buffer): TcpRow {
  const view = viewOf(message);
  const ipv4 = view.getUint8(inetDiagMsg.familyAt) === linuxLayout.AF_INET;
  const address = (offset: number): string =>
    ipv4
      ? formatIpv4(message.subarray(offset, offset + 4))
      : formatIpv6(message.subarray(offset, offset + 16));
  return {
    family: ipv4 ? "ipv4" : "ipv6",
    localAddress: address(inetDiagMsg.sourceAt),
    localPort: view.getUint16(inetDiagMsg.sourcePortAt),
    remoteAddress: address(inetDiagMsg.destinationAt),
    remotePort: view.getUint16(inetDiagMsg.destinationPortAt),
    state: tcpStateName(view.getUint8(inetDiagMsg.stateAt)),
    userId: view.getUint32(inetDiagMsg.userIdAt, hostLittleEndian),
    inode: view.getUint32(inetDiagMsg.inodeAt, hostLittleEndian),
  };
}

/**
 * A program of the kernel's filter machine: accept when firstPort <= local port <= lastPort. Each comparison is an operation
 * followed by its operand; "yes" goes on behind it, "no" jumps past the end, which rejects.
 */
function encodePortFilter(ports: PortRun): Buffer {
  const size = 4 * inetDiagBcOp.size;
  const program = Buffer.alloc(size);
  const comparisons = [
    { code: sockDiag.INET_DIAG_BC_S_GE, port: ports.firstPort },
    { code: sockDiag.INET_DIAG_BC_S_LE, port: lastPortOf(ports) },
  ];
  comparisons.forEach(({ code, port }, index) => {
    const at = index * 2 * inetDiagBcOp.size;
    const operation = viewOf(program.subarray(at));
    operation.setUint8(inetDiagBcOp.codeAt, code);
    operation.setUint8(inetDiagBcOp.yesAt, 2 * inetDiagBcOp.size);
    operation.setUint16(inetDiagBcOp.noAt, size - at + inetDiagBcOp.size, hostLittleEndian);
    operation.setUint16(inetDiagBcOp.size + inetDiagBcOp.noAt, port, hostLittleEndian);
  });
  return program;
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
