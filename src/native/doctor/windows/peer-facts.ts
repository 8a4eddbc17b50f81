// How a broker tells who is at the other end, and whether a process still runs.

import { type Fact, unknown, yesIf } from "../fact.js";
import { outcomeText } from "../probe.js";
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
      const row = context.tables
        .read("tcp")
        .find(
          ({ localPort, remotePort }) => localPort === client.port && remotePort === server.port,
        );
      const owner = row?.processId ?? null;
      if (owner === null) {
        const seen = row === undefined ? "no row" : "a row without an owner";
        return yesIf(false, `${seen}: holders live by their TTL only`);
      }
      return yesIf(owner === other.processId, `owner ${owner}, expected ${other.processId}`);
    },
  },
  {
    id: "peer.process-identity",
    title: "A process has a creation time that stays, and differs from that of another",
    neededBy: kinds,
    source:
      "https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes",
    run: async (context) => {
      const { processes } = context;
      const { processId } = await context.other();
      const [first, again] = [processes.identify(processId), processes.identify(processId)];
      const own = processes.identify(process.pid);
      const seen = `this process ${own?.startTime ?? "unknown"}, the other ${first?.startTime ?? "unknown"}`;
      const stays = first !== null && first.startTime === again?.startTime;
      return yesIf(stays && first.startTime !== own?.startTime, seen);
    },
  },
  {
    id: "peer.exit-seen",
    title: "An open handle of a process tells its end",
    neededBy: kinds,
    source:
      "https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitforsingleobject",
    run: async (context) => {
      const process = await context.newProcess();
      const watch = context.processes.watch(process.processId);
      if (watch === null) return yesIf(false, "the process cannot be opened");
      try {
        const before = watch.hasExited();
        await process.end();
        const after = watch.hasExited();
        return yesIf(!before && after, `ended: before its end ${before}, after it ${after}`);
      } finally {
        watch.close();
      }
    },
  },
];
