// parseProcNet on captured text.

import assert from "node:assert/strict";
import { parseProcNet } from "#native/posix/proc-net.js";
import { describeTcpRow, isRemainder } from "#native/posix/tcp-row.js";
import { procNetTcp, procNetTcp6, procNetUdp, procNetUdp6 } from "./fixtures/kernel-tables.js";

/** The captures come from a little-endian host, wherever this test runs. */
const littleEndian = true;

describe("parseProcNet()", () => {
  it("reads addresses, ports, states, users and inodes of IPv4 sockets", () => {
    const rows = parseProcNet(procNetTcp, "ipv4", null, littleEndian);
    const seen = rows.map(
      (row) =>
        `${row.localAddress}:${row.localPort} ${row.remoteAddress}:${row.remotePort} ${row.state} ${row.userId} ${row.inode}`,
    );
    assert.deepEqual(seen, [
      "127.0.0.1:11999 0.0.0.0:0 listen 0 138773",
      "0.0.0.0:2024 0.0.0.0:0 listen 1000 1581",
      "127.0.0.1:11791 127.0.0.1:40068 time-wait 0 0",
      "127.0.0.1:46014 127.0.0.1:11999 established 0 138774",
      "127.0.0.1:46032 127.0.0.1:11999 close-wait 0 138778",
      "127.0.0.1:11999 127.0.0.1:46014 established 0 138775",
      "127.0.0.1:11999 127.0.0.1:46028 time-wait 0 0",
      "127.0.0.1:11999 127.0.0.1:46032 fin-wait-2 0 0",
    ]);
  });

  it("reads IPv6 addresses, also those that carry IPv4", () => {
    const rows = parseProcNet(procNetTcp6, "ipv6", null, littleEndian);
    const seen = rows.map((row) => [row.localAddress, row.remoteAddress, row.state]);
    assert.deepEqual(seen, [
      ["::", "::", "listen"],
      ["::1", "::", "listen"],
      ["::ffff:127.0.0.1", "::ffff:127.0.0.1", "established"],
    ]);
  });

  it("reads UDP tables, whose columns are the same", () => {
    const rows = [
      ...parseProcNet(procNetUdp, "ipv4", null, littleEndian),
      ...parseProcNet(procNetUdp6, "ipv6", null, littleEndian),
    ];
    const seen = rows.map((row) => `${row.localAddress} ${row.localPort} ${row.inode}`);
    assert.deepEqual(seen, ["127.0.0.1 11999 138784", "::1 11999 138785"]);
  });

  it("reads the addresses of a big-endian host", () => {
    const line = procNetTcp.split("\n")[1]?.replace("0100007F", "7F000001") ?? "";
    const [row] = parseProcNet(line, "ipv4", null, false);
    assert.equal(row?.localAddress, "127.0.0.1");
  });

  it("gives only the rows of one local port when asked", () => {
    const rows = parseProcNet(procNetTcp, "ipv4", 11_999, littleEndian);
    assert.deepEqual(
      rows.map((row) => row.state),
      ["listen", "established", "time-wait", "fin-wait-2"],
    );
  });

  it("skips what is no row", () => {
    const cut = procNetTcp.slice(0, -80);
    assert.equal(parseProcNet(cut, "ipv4", null, littleEndian).length, 7);
    assert.deepEqual(parseProcNet("", "ipv4"), []);
    assert.deepEqual(parseProcNet("garbage\n  1: zz\n", "ipv6"), []);
  });
});

describe("isRemainder()", () => {
  it("holds for ended connections that no process has, and for nothing else", () => {
    const rows = parseProcNet(procNetTcp, "ipv4", null, littleEndian);
    assert.deepEqual(
      rows.filter(isRemainder).map((row) => row.state),
      ["time-wait", "time-wait", "fin-wait-2"],
    );
    const [listener] = rows;
    assert.ok(listener !== undefined);
    // Half closed by a process that goes on reading.
    assert.ok(!isRemainder({ ...listener, state: "fin-wait-2" }));
    // Still in the queue of a listener.
    assert.ok(!isRemainder({ ...listener, state: "established", inode: 0 }));
    assert.ok(!isRemainder({ ...listener, state: "unknown", inode: 0 }));
  });
});

describe("describeTcpRow()", () => {
  it("says who does what", () => {
    const [listener] = parseProcNet(procNetTcp6, "ipv6", null, littleEndian);
    assert.ok(listener !== undefined);
    assert.equal(describeTcpRow(listener), "a process listens on [::]:12000");
    const bound = { ...listener, state: "bound", userId: 1_000 } as const;
    assert.equal(
      describeTcpRow(bound),
      "a process of user id 1000 is bound to [::]:12000 without listening",
    );
    const open = { ...listener, state: "close-wait", remoteAddress: "::1", remotePort: 9 } as const;
    assert.equal(describeTcpRow(open), "the connection [::]:12000 to [::1]:9 is still close-wait");
  });
});
