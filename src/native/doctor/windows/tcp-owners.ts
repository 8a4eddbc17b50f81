// Which process the TCP table of IPv4 names as owner of a listener or of a connection.
// https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable

import type { Win32 } from "../../win32/bindings.js";
import { errors } from "../../win32/error-table.js";
import { sockets, structs, tables, tcpStates } from "../../win32/layout.js";

/** The table can grow between asking for its size and for itself. */
const triesMax = 8;

/** `null`: there is no such row. 0: the table does not say. */
export function listenerOwner(win32: Win32, port: number): number | null {
  return ownerWhere(
    win32,
    (row) => row.state === tcpStates.MIB_TCP_STATE_LISTEN && row.localPort === port,
  );
}

/** Of the end at `localPort` of a connection to `remotePort`. */
export function connectionOwner(
  win32: Win32,
  localPort: number,
  remotePort: number,
): number | null {
  return ownerWhere(win32, (row) => row.localPort === localPort && row.remotePort === remotePort);
}

interface Row {
  readonly state: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly processId: number;
}

function ownerWhere(win32: Win32, matches: (row: Row) => boolean): number | null {
  const table = readTable(win32);
  const count = table.readUInt32LE(0);
  const { size, at } = structs.MIB_TCPROW_OWNER_PID;
  for (let index = 0; index < count; index += 1) {
    const row = table.subarray(tables.rowsAt + index * size);
    const found = {
      state: row.readUInt32LE(at.dwState),
      localPort: row.readUInt16BE(at.dwLocalPort),
      remotePort: row.readUInt16BE(at.dwRemotePort),
      processId: row.readUInt32LE(at.dwOwningPid),
    };
    if (matches(found)) return found.processId;
  }
  return null;
}

function readTable(win32: Win32): Buffer {
  const size = Buffer.alloc(4);
  let table = Buffer.alloc(65_536);
  for (let tries = 0; tries < triesMax; tries += 1) {
    size.writeUInt32LE(table.length);
    const { AF_INET } = sockets;
    const result = win32.GetExtendedTcpTable(
      table,
      size,
      0,
      AF_INET,
      tables.TCP_TABLE_OWNER_PID_ALL,
      0,
    );
    if (result === 0) return table;
    if (result !== errors.ERROR_INSUFFICIENT_BUFFER)
      throw new Error(`GetExtendedTcpTable: ${result}`);
    table = Buffer.alloc(size.readUInt32LE() + 4_096);
  }
  throw new Error("GetExtendedTcpTable: the table grows faster than it can be read");
}
