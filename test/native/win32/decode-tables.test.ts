// Socket tables as Windows fills them in, made by hand after the declarations of their rows.

import assert from "node:assert/strict";
import { decodeTable } from "#native/win32/decode-tables.js";

/** The port in network order in the first two bytes; the others may hold anything. */
function port(number: number): Buffer {
  return Buffer.from([number >> 8, number & 0xff, 0xab, 0xcd]);
}

function dword(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function table(...rows: readonly Buffer[][]): Buffer {
  return Buffer.concat([dword(rows.length), ...rows.flat()]);
}

const loopback6 = Buffer.from("00000000000000000000000000000001", "hex");
const mapped = Buffer.from("00000000000000000000ffff7f000001", "hex");
const anywhere6 = Buffer.alloc(16);

describe("decodeTable", () => {
  it("reads TCP sockets over IPv4", () => {
    const listening = [
      dword(2),
      Buffer.from([0, 0, 0, 0]),
      port(20_001),
      dword(0),
      port(0),
      dword(4_321),
    ];
    const ended = [
      dword(11),
      Buffer.from([127, 0, 0, 1]),
      port(20_002),
      Buffer.from([10, 0, 0, 7]),
      port(443),
      dword(0),
    ];
    const [first, second] = decodeTable("tcp", "ipv4", table(listening, ended));
    assert.deepEqual(first, {
      protocol: "tcp",
      family: "ipv4",
      localAddress: "0.0.0.0",
      localPort: 20_001,
      remoteAddress: "0.0.0.0",
      remotePort: 0,
      state: "listen",
      processId: 4_321,
      socketId: null,
    });
    assert.equal(second?.state, "time-wait");
    assert.equal(second.localAddress, "127.0.0.1");
    assert.equal(second.remoteAddress, "10.0.0.7");
    assert.equal(second.remotePort, 443);
    assert.equal(second.processId, null);
  });

  it("reads TCP sockets over IPv6, where the state comes last", () => {
    const row = [
      loopback6,
      dword(9),
      port(7_600),
      mapped,
      dword(0),
      port(50_123),
      dword(5),
      dword(77),
    ];
    assert.deepEqual(decodeTable("tcp", "ipv6", table(row)), [
      {
        protocol: "tcp",
        family: "ipv6",
        localAddress: "::1",
        localPort: 7_600,
        remoteAddress: "::ffff:127.0.0.1",
        remotePort: 50_123,
        state: "established",
        processId: 77,
        socketId: null,
      },
    ]);
  });

  it("reads UDP sockets over both", () => {
    const [four] = decodeTable(
      "udp",
      "ipv4",
      table([Buffer.from([0, 0, 0, 0]), port(53), dword(8)]),
    );
    const [six] = decodeTable("udp", "ipv6", table([anywhere6, dword(0), port(5_353), dword(9)]));
    assert.equal(four?.localPort, 53);
    assert.equal(four.state, "bound");
    assert.equal(four.processId, 8);
    assert.equal(six?.localAddress, "::");
    assert.equal(six.localPort, 5_353);
    assert.equal(six.processId, 9);
  });

  it("calls every other state other", () => {
    const row = [dword(8), dword(0), port(1), dword(0), port(2), dword(3)];
    assert.equal(decodeTable("tcp", "ipv4", table(row))[0]?.state, "other");
  });

  it("reads the rows of the local ports asked for, without a look at the others", () => {
    const tcp = (local: number): Buffer[] => {
      return [dword(2), dword(0), port(local), dword(0), port(7_600), dword(local)];
    };
    const rows = decodeTable("tcp", "ipv4", table(tcp(7), tcp(8), tcp(7)), (local) => local === 7);
    assert.deepEqual(
      rows.map((row) => row.processId),
      [7, 7],
    );
  });

  it("reads no further than the buffer goes", () => {
    const row = [dword(2), dword(0), port(1), dword(0), port(0), dword(3)];
    const whole = table(row, row);
    assert.equal(decodeTable("tcp", "ipv4", whole.subarray(0, whole.length - 1)).length, 1);
    assert.deepEqual(decodeTable("tcp", "ipv4", Buffer.alloc(0)), []);
    assert.deepEqual(decodeTable("tcp", "ipv4", dword(3)), []);
  });
});
