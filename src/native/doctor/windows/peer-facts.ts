// How a broker tells who is at the other end, and whether a process still runs.

import type { Win32, Word } from "../../win32/bindings.js";
import { processAccess, structs, waits } from "../../win32/layout.js";
import { type Fact, unknown, yesIf } from "../fact.js";
import { outcomeText } from "../probe.js";
import { connectionOwner } from "./tcp-owners.js";
import type { WindowsContext } from "./windows-context.js";

const kinds = ["persistent", "runtime", "administered"] as const;

export const peerFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "peer.connection-owner",
    title: "The TCP table names the process at the other end of a local connection",
    neededBy: [],
    source:
      "https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable",
    run: async (context) => {
      const server = await context.here.nodeListen("127.0.0.1", 0);
      const other = await context.other();
      const client = server.ok ? await other.connect("127.0.0.1", server.port) : server;
      if (!server.ok || !client.ok) return unknown(outcomeText(client));
      const owner = connectionOwner(context.win32, client.port, server.port);
      if (owner === 0)
        return yesIf(false, "owner 0: the table does not say, so holders live by their TTL only");
      return yesIf(
        owner === other.processId,
        owner === null ? "no row" : `owner ${owner}, expected ${other.processId}`,
      );
    },
  },
  {
    id: "peer.process-identity",
    title: "A process has a creation time that stays, and differs from that of another",
    neededBy: kinds,
    source:
      "https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes",
    run: async (context) => {
      const { win32 } = context;
      const { processId } = await context.other();
      const [first, again] = [creationTime(win32, processId), creationTime(win32, processId)];
      const own = creationTime(win32, process.pid);
      const seen = `this process ${own ?? "unknown"}, the other ${first ?? "unknown"}`;
      return yesIf(first !== null && first === again && first !== own, seen);
    },
  },
  {
    id: "peer.exit-seen",
    title: "An open handle of a process tells its end",
    neededBy: kinds,
    source:
      "https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitforsingleobject",
    run: async (context) => {
      const { win32 } = context;
      const process = await context.newProcess();
      const handle = openProcess(win32, process.processId);
      if (handle === null) return yesIf(false, "the process cannot be opened");
      try {
        const before = win32.WaitForSingleObject(handle, 0);
        await process.end();
        const after = win32.WaitForSingleObject(handle, 0);
        const holds = before === waits.WAIT_TIMEOUT && after === waits.WAIT_OBJECT_0;
        return yesIf(holds, `before its end ${before}, after it ${after}`);
      } finally {
        win32.CloseHandle(handle);
      }
    },
  },
];

function openProcess(win32: Win32, processId: number): Word | null {
  const { SYNCHRONIZE, PROCESS_QUERY_LIMITED_INFORMATION } = processAccess;
  const handle = win32.OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, 0, processId);
  return BigInt(handle) === 0n ? null : handle;
}

/** Units of 100 ns since 1601; `null` when it cannot be had. */
function creationTime(win32: Win32, processId: number): bigint | null {
  const handle = openProcess(win32, processId);
  if (handle === null) return null;
  const time = (): Buffer => Buffer.alloc(structs.FILETIME.size);
  const creation = time();
  try {
    const known = win32.GetProcessTimes(handle, creation, time(), time(), time()) !== 0;
    return known ? creation.readBigUInt64LE() : null;
  } finally {
    win32.CloseHandle(handle);
  }
}
