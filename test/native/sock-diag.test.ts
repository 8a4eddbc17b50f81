// Requests and answers of socket diagnostics, against captured bytes and the running kernel.

import assert from "node:assert/strict";
import { fstatSync } from "node:fs";
import { parseIpAddress } from "#native/ip-address.js";
import { type Libc, loadLibc } from "#native/posix/bindings.js";
import { hostLittleEndian, linuxLayout, netlink } from "#native/posix/layout.js";
import { PortSockets } from "#native/posix/port-sockets.js";
import { decodeTcpDump, encodeTcpDump } from "#native/posix/sock-diag.js";
import type { TcpRow } from "#native/posix/tcp-row.js";
import { NetlinkTcpTables, ProcTcpTables, type TcpTables } from "#native/posix/tcp-tables.js";
import { diagAnswerIpv4, diagAnswerIpv6, diagDone, diagRequest } from "./fixtures/kernel-tables.js";
import { describeOnLinux } from "./support/linux-only.js";

// The captured bytes are those of little-endian hosts.
const describeLittleEndian = hostLittleEndian ? describe : describe.skip;

const summary = (row: TcpRow): string =>
  `${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort} ${row.state} ${row.inode}`;

describeLittleEndian("encodeTcpDump()", () => {
  it("writes the request that the kernel was seen to accept", () => {
    const request = encodeTcpDump("ipv4", { firstPort: 11_999, portCount: 1 });
    assert.equal(request.toString("hex"), diagRequest.toString("hex"));
  });
});

describeLittleEndian("decodeTcpDump()", () => {
  it("reads IPv4 sockets in all states", () => {
    const { rows, done, errorNumber } = decodeTcpDump(diagAnswerIpv4);
    assert.deepEqual([done, errorNumber], [false, null]);
    assert.deepEqual(rows.map(summary), [
      "127.0.0.1 11999 0.0.0.0 0 listen 138773",
      "127.0.0.1 11999 127.0.0.1 46014 established 138775",
      "127.0.0.1 11999 127.0.0.1 46028 time-wait 0",
      "127.0.0.1 11999 127.0.0.1 46032 fin-wait-2 0",
    ]);
  });

  it("reads IPv6 sockets, also those that are bound and do nothing", () => {
    assert.deepEqual(decodeTcpDump(diagAnswerIpv6).rows.map(summary), [
      ":: 12000 :: 0 listen 138780",
      "::1 12001 :: 0 listen 138781",
      ":: 12002 :: 0 bound 138786",
      "::ffff:127.0.0.1 12000 ::ffff:127.0.0.1 42184 established 138783",
    ]);
  });

  it("sees the end of the answer, and refusals", () => {
    assert.deepEqual(decodeTcpDump(diagDone), { rows: [], done: true, errorNumber: null });
    const refusal = Buffer.from(diagDone);
    refusal.writeUInt16LE(netlink.NLMSG_ERROR, 4);
    refusal.writeInt32LE(-2, 16);
    assert.deepEqual(decodeTcpDump(refusal), { rows: [], done: true, errorNumber: 2 });
  });

  it("stops at a message that is cut off", () => {
    const cut = decodeTcpDump(diagAnswerIpv4.subarray(0, 200));
    assert.deepEqual([cut.rows.length, cut.done], [1, false]);
    assert.deepEqual(decodeTcpDump(Buffer.alloc(16)).rows, []);
  });
});

describeOnLinux("TcpTables", () => {
  const libc = loadLibc();
  const nothing: TcpTables = { rowsOn: () => [] };

  function openListener(): { port: number; inode: number; close: () => void } {
    const sockets = new PortSockets(libc, linuxLayout);
    const ip = parseIpAddress("127.0.0.1");
    assert.ok(ip !== null);
    const options = { ip, port: 0, ipv6Only: false, reusePort: false, reuseAddress: false };
    const bound = sockets.openBound(options);
    assert.ok(bound.descriptor !== null);
    const { descriptor } = bound;
    sockets.listen(descriptor, 1, 0);
    const { ino: inode } = fstatSync(descriptor);
    const row = new ProcTcpTables()
      .rowsOn({ firstPort: 1, portCount: 65_535 })
      .find((candidate) => candidate.inode === inode);
    assert.ok(row !== undefined);
    return { port: row.localPort, inode, close: () => sockets.close(descriptor) };
  }

  for (const [title, tables] of [
    ["over netlink", new NetlinkTcpTables(libc, nothing)],
    ["from /proc", new ProcTcpTables()],
  ] as const) {
    it(`find a listener ${title}, alone and in a run of ports`, () => {
      const { port, inode, close } = openListener();
      try {
        const alone = tables.rowsOn({ firstPort: port, portCount: 1 });
        const inodes = alone.map((row) => row.inode);
        assert.ok(inodes.includes(inode));
        assert.ok(alone.every((row) => row.localPort === port));
        const run = tables.rowsOn({ firstPort: port - 10, portCount: 20 });
        assert.ok(run.some((row) => row.inode === inode && row.state === "listen"));
        assert.ok(
          !tables.rowsOn({ firstPort: port + 1, portCount: 5 }).some((r) => r.inode === inode),
        );
      } finally {
        close();
      }
    });
  }

  it("fall back where netlink is refused, cut short or without TCP diagnostics", () => {
    const fallbackRows: readonly TcpRow[] = [];
    const fallback: TcpTables = { rowsOn: () => fallbackRows };
    const refusals: Partial<Libc>[] = [
      { socket: () => -1 },
      { send: () => -1 },
      { recv: () => -1 },
      { recv: () => 0 },
      {
        recv: (_descriptor, buffer) => {
          diagDone.copy(buffer);
          buffer.writeUInt16LE(netlink.NLMSG_ERROR, 4);
          buffer.writeInt32LE(-2, 16);
          return diagDone.length;
        },
      },
    ];
    for (const refusal of refusals) {
      const tables = new NetlinkTcpTables({ ...libc, ...refusal }, fallback);
      assert.equal(tables.rowsOn({ firstPort: 1, portCount: 1 }), fallbackRows);
    }
  });
});
