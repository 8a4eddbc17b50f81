// What portlease reads of a Linux host: sockets, processes, limits, families.

import { type Fact, skipped, unknown, yesIf } from "../fact.js";
import { outcomeText } from "../probe.js";
import type { LinuxContext } from "./linux-context.js";

/** The default block and what a broker needs besides. */
const descriptorsWanted = 512;

export const hostFacts: readonly Fact<LinuxContext>[] = [
  {
    id: "host.descriptors",
    title: `This process may open ${descriptorsWanted} descriptors: each held port takes one`,
    neededBy: ["held"],
    source: "https://man7.org/linux/man-pages/man2/getrlimit.2.html",
    run: (context) => {
      const { descriptorsMax } = context.hostPorts.capabilities();
      const seen = descriptorsMax === null ? "no limit" : `${descriptorsMax} left`;
      return Promise.resolve(yesIf((descriptorsMax ?? Infinity) >= descriptorsWanted, seen));
    },
  },
  {
    id: "host.processes",
    title: "/proc shows processes, and tells a process from a later one with its id",
    neededBy: ["held"],
    source: "https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html",
    run: async (context) => {
      const other = await context.newProcess();
      const own = context.hostPorts.identifyProcess(process.pid);
      const its = context.hostPorts.identifyProcess(other.processId);
      const again = context.hostPorts.identifyProcess(other.processId);
      await other.end();
      const gone = context.hostPorts.identifyProcess(other.processId);
      if (own === null || its === null) return yesIf(false, "a process cannot be seen");
      const seen = `start times ${own.startTime} and ${its.startTime}; after its end ${gone === null ? "nothing" : "still there"}`;
      const told = own.startTime !== its.startTime && its.startTime === again?.startTime;
      return yesIf(told && gone === null, seen);
    },
  },
  {
    id: "host.holders",
    title: "The process that listens on a port is found by name",
    neededBy: [],
    source: "https://docs.kernel.org/networking/proc_net_tcp.html",
    run: async (context) => {
      const port = await context.freeRun(1);
      const other = await context.other();
      const server = await other.nodeListen("127.0.0.1", port);
      if (!server.ok) return unknown(outcomeText(server));
      const holders = (await context.hostPorts.findHolders("tcp", [port])).get(port) ?? [];
      const names = holders.map(({ processId, processName }) => `${processId} (${processName})`);
      const found = holders.some(({ processId }) => processId === other.processId);
      return yesIf(found, names.join(", ") || "nobody");
    },
  },
  {
    id: "host.unlistened-shown",
    title: "The kernel lists sockets that are bound without listening (Linux 6.8 and later)",
    neededBy: [],
    source: "https://github.com/torvalds/linux/blob/v6.18/net/ipv4/tcp_diag.c",
    run: async (context) => {
      const port = await context.holdFree();
      const rows = context.tables.rowsOn({ firstPort: port, portCount: 1 });
      const states = rows.map(({ state }) => state).join(", ");
      return yesIf(rows.length > 0, rows.length === 0 ? "no row" : `state ${states}`);
    },
  },
  {
    id: "host.connection-owner",
    title: "The process at the other end of a local connection is told",
    neededBy: [],
    source: "https://man7.org/linux/man-pages/man7/sock_diag.7.html",
    run: async (context) => {
      const server = await context.here.nodeListen("127.0.0.1", 0);
      if (!server.ok) return unknown(outcomeText(server));
      const other = await context.other();
      const connection = await other.connect("127.0.0.1", server.port);
      if (!connection.ok) return unknown(outcomeText(connection));
      const loopback = "127.0.0.1";
      const ends = { localAddress: loopback, localPort: server.port, remoteAddress: loopback };
      const owner = context.hostPorts.connectionOwner(
        { ...ends, remotePort: connection.port },
        other.processId,
      );
      return yesIf(owner === other.processId, `the tables say ${owner ?? "nobody"}`);
    },
  },
  {
    id: "host.ipv6",
    title: "The host has IPv6; without it blocks hold IPv4 alone",
    neededBy: [],
    source: "https://docs.kernel.org/networking/ip-sysctl.html",
    run: (context) => {
      const { ipv6 } = context.hostPorts.capabilities();
      return Promise.resolve(yesIf(ipv6, ipv6 ? "a socket could be bound" : "no such family"));
    },
  },
  {
    id: "host.ranges",
    title: "The dynamic range and the reserved ports can be read",
    neededBy: [],
    source: "https://docs.kernel.org/networking/ip-sysctl.html",
    run: async (context) => {
      const dynamic = await context.hostPorts.dynamicRange("tcp");
      const excluded = await context.hostPorts.excludedRanges("tcp");
      if (dynamic === null && excluded === null) return skipped("/proc/sys is not there");
      const range =
        dynamic === null
          ? "unknown"
          : `${dynamic.firstPort}-${dynamic.firstPort + dynamic.portCount - 1}`;
      const seen = `dynamic ${range}, reserved ${excluded === null ? "unknown" : `${excluded.length} ranges`}`;
      return yesIf(dynamic !== null && excluded !== null, seen);
    },
  },
];
