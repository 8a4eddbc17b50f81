// Reading the socket tables from a Windows that is played: tables that grow while they are read, and what cannot be read.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import type { Win32 } from "#native/win32/bindings.js";
import { SocketTables } from "#native/win32/socket-tables.js";

/** Each call gets the next answer; success fills in a table without rows, and wants 4 bytes for it. */
function tablesAnswering(answers: readonly number[]): { tables: SocketTables; calls: number[] } {
  const left = [...answers];
  const calls: number[] = [];
  const read = (table: Buffer | null, size: Buffer): number => {
    const answer = left.shift() ?? 0;
    calls.push(answer);
    if (answer !== 0) size.writeUInt32LE(4);
    else table?.writeUInt32LE(0);
    return answer;
  };
  const win32 = { GetExtendedTcpTable: read, GetExtendedUdpTable: read } as unknown as Win32;
  return { tables: new SocketTables(win32), calls };
}

const growing = 122;
const outOfMemory = 14;

describe("SocketTables", () => {
  it("asks again while a table outgrows its buffer, for each family", () => {
    const { tables, calls } = tablesAnswering([growing, growing, 0, growing, 0]);
    assert.deepEqual(tables.read("udp"), []);
    assert.deepEqual(calls, [growing, growing, 0, growing, 0]);
  });

  it("asks again where a table could not be put together", () => {
    const { tables } = tablesAnswering([growing, outOfMemory, outOfMemory, 0, growing, 0]);
    assert.deepEqual(tables.read("tcp"), []);
  });

  it("gives up after a number of times, and says with what", () => {
    const { tables, calls } = tablesAnswering(Array.from({ length: 100 }, () => outOfMemory));
    assert.throws(
      () => tables.read("tcp"),
      (error) => error instanceof NativeError && error.fields.errorNumber === outOfMemory,
    );
    assert.ok(calls.length < 100);
  });

  it("takes a family that the host lacks for no sockets", () => {
    const { tables } = tablesAnswering([growing, 0, 50]);
    assert.deepEqual(tables.read("tcp"), []);
  });

  it("knows no owner of a connection where the tables cannot be read", () => {
    const { tables } = tablesAnswering([5]);
    const ends = { localAddress: "127.0.0.1", localPort: 1, remoteAddress: "127.0.0.1" };
    assert.equal(tables.connectionOwner({ ...ends, remotePort: 2 }), null);
  });
});
