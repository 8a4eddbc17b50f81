// The struct sizes and offsets of layout.ts against what a C compiler's rules make of the declarations, on every platform.

import assert from "node:assert/strict";
import { array, offsetof, sizeof, struct } from "koffi";
import {
  inetDiagBcOp,
  inetDiagMsg,
  inetDiagReqV2,
  nlattr,
  nlmsghdr,
  rlimit,
  sockaddrIn,
  sockaddrIn6,
} from "#native/posix/layout.js";

const sockId = struct("test_inet_diag_sockid", {
  idiag_sport: "uint16_t",
  idiag_dport: "uint16_t",
  idiag_src: array("uint32_t", 4),
  idiag_dst: array("uint32_t", 4),
  idiag_if: "uint32_t",
  idiag_cookie: array("uint32_t", 2),
});

const structs = {
  sockaddrIn: {
    layout: sockaddrIn,
    type: struct("test_sockaddr_in", {
      sin_family: "uint16_t",
      sin_port: "uint16_t",
      sin_addr: "uint32_t",
      sin_zero: array("uint8_t", 8),
    }),
    offsets: { familyAt: "sin_family", portAt: "sin_port", addressAt: "sin_addr" },
  },
  sockaddrIn6: {
    layout: sockaddrIn6,
    type: struct("test_sockaddr_in6", {
      sin6_family: "uint16_t",
      sin6_port: "uint16_t",
      sin6_flowinfo: "uint32_t",
      sin6_addr: array("uint8_t", 16),
      sin6_scope_id: "uint32_t",
    }),
    offsets: {
      familyAt: "sin6_family",
      portAt: "sin6_port",
      flowinfoAt: "sin6_flowinfo",
      addressAt: "sin6_addr",
      scopeAt: "sin6_scope_id",
    },
  },
  rlimit: {
    layout: rlimit,
    type: struct("test_rlimit", { rlim_cur: "uint64_t", rlim_max: "uint64_t" }),
    offsets: { softAt: "rlim_cur", hardAt: "rlim_max" },
  },
  nlmsghdr: {
    layout: nlmsghdr,
    type: struct("test_nlmsghdr", {
      nlmsg_len: "uint32_t",
      nlmsg_type: "uint16_t",
      nlmsg_flags: "uint16_t",
      nlmsg_seq: "uint32_t",
      nlmsg_pid: "uint32_t",
    }),
    offsets: {
      lengthAt: "nlmsg_len",
      typeAt: "nlmsg_type",
      flagsAt: "nlmsg_flags",
      sequenceAt: "nlmsg_seq",
    },
  },
  nlattr: {
    layout: nlattr,
    type: struct("test_nlattr", { nla_len: "uint16_t", nla_type: "uint16_t" }),
    offsets: { lengthAt: "nla_len", typeAt: "nla_type" },
  },
  inetDiagReqV2: {
    layout: inetDiagReqV2,
    type: struct("test_inet_diag_req_v2", {
      sdiag_family: "uint8_t",
      sdiag_protocol: "uint8_t",
      idiag_ext: "uint8_t",
      pad: "uint8_t",
      idiag_states: "uint32_t",
      id: sockId,
    }),
    offsets: { familyAt: "sdiag_family", protocolAt: "sdiag_protocol", statesAt: "idiag_states" },
  },
  inetDiagMsg: {
    layout: inetDiagMsg,
    // The socket's identity is spelled out so that its members have offsets of their own.
    type: struct("test_inet_diag_msg", {
      idiag_family: "uint8_t",
      idiag_state: "uint8_t",
      idiag_timer: "uint8_t",
      idiag_retrans: "uint8_t",
      idiag_sport: "uint16_t",
      idiag_dport: "uint16_t",
      idiag_src: array("uint32_t", 4),
      idiag_dst: array("uint32_t", 4),
      idiag_if: "uint32_t",
      idiag_cookie: array("uint32_t", 2),
      idiag_expires: "uint32_t",
      idiag_rqueue: "uint32_t",
      idiag_wqueue: "uint32_t",
      idiag_uid: "uint32_t",
      idiag_inode: "uint32_t",
    }),
    offsets: {
      familyAt: "idiag_family",
      stateAt: "idiag_state",
      sourcePortAt: "idiag_sport",
      destinationPortAt: "idiag_dport",
      sourceAt: "idiag_src",
      destinationAt: "idiag_dst",
      userIdAt: "idiag_uid",
      inodeAt: "idiag_inode",
    },
  },
  inetDiagBcOp: {
    layout: inetDiagBcOp,
    type: struct("test_inet_diag_bc_op", {
      code: "uint8_t",
      yes: "uint8_t",
      no: "uint16_t",
    }),
    offsets: { codeAt: "code", yesAt: "yes", noAt: "no" },
  },
} as const;

describe("layout.ts", () => {
  for (const [name, { layout, type, offsets }] of Object.entries(structs)) {
    it(`has the size and every offset of ${name}`, () => {
      const expected = Object.entries(offsets).map(([key, member]) => [
        key,
        offsetof(type, member),
      ]);
      const size = sizeof(type);
      assert.deepEqual({ ...layout }, { size, ...Object.fromEntries(expected) });
    });
  }
});
