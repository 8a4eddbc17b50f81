// What Node does on Windows with sockets that were bound outside of it.

import { type Fact, yesIf } from "../fact.js";
import { askServer } from "../node-sockets.js";
import { outcomeText, replyOf } from "../probe.js";
import type { WindowsContext } from "./windows-context.js";

const kinds = ["persistent", "runtime", "administered"] as const;
const libuv = "https://github.com/libuv/libuv/blob/v1.x/src/win";

/** More than the accepts that libuv has pending at once. */
const connections = 40;

export const nodeFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "node.adopt-tcp",
    title: "Node adopts a bound TCP socket, listens and accepts many connections (AcceptEx)",
    neededBy: kinds,
    source: `${libuv}/tcp.c`,
    run: async (context) => {
      const port = await context.freeRun(1);
      const bound = await context.here.bind({ address: "127.0.0.1", port, exclusive: true });
      if (!bound.ok) return yesIf(false, outcomeText(bound));
      const served = await context.here.serve(bound.socketId);
      if (!served.ok) return yesIf(false, outcomeText(served));
      const asked = Array.from({ length: connections }, () => askServer("tcp", "127.0.0.1", port));
      const replies = await Promise.all(asked);
      const good = replies.filter((reply) => reply === replyOf(process.pid)).length;
      return yesIf(good === connections, `${good} of ${connections} connections served`);
    },
  },
  {
    id: "node.adopt-udp",
    title: "Node adopts a bound UDP socket, and receives and sends on it",
    neededBy: [],
    source: `${libuv}/udp.c`,
    run: async (context) => {
      const port = await context.freeRun(1);
      const bound = await context.here.bind({ protocol: "udp", address: "127.0.0.1", port });
      if (!bound.ok) return yesIf(false, outcomeText(bound));
      const served = await context.here.serve(bound.socketId);
      if (!served.ok) return yesIf(false, outcomeText(served));
      const reply = await askServer("udp", "127.0.0.1", port);
      return yesIf(reply === replyOf(process.pid), reply);
    },
  },
  {
    id: "node.adopt-dual-stack",
    title: "An adopted socket on :: serves IPv4 as well",
    neededBy: [],
    source: "https://learn.microsoft.com/windows/win32/winsock/dual-stack-sockets",
    run: async (context) => {
      const port = await context.freeRun(1);
      const bound = await context.here.bind({ address: "::", port, exclusive: true });
      if (!bound.ok) return yesIf(false, outcomeText(bound));
      const served = await context.here.serve(bound.socketId);
      if (!served.ok) return yesIf(false, outcomeText(served));
      const ipv4 = await askServer("tcp", "127.0.0.1", port);
      const ipv6 = await askServer("tcp", "::1", port);
      const expected = replyOf(process.pid);
      return yesIf(ipv4 === expected && ipv6 === expected, `IPv4 ${ipv4}, IPv6 ${ipv6}`);
    },
  },
];
