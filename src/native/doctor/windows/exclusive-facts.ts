// SO_EXCLUSIVEADDRUSE, which every socket of portlease sets: whom it keeps out, and when the port can be had again.

import { type Fact, skipped, yesIf } from "../fact.js";
import { outcomeText } from "../probe.js";
import type { WindowsContext } from "./windows-context.js";

const exclusiveUse =
  "https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse";

export const exclusiveFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "exclusive.wildcard",
    title: "An exclusive socket on all addresses keeps others off each of them",
    neededBy: ["persistent", "runtime", "administered"],
    source: exclusiveUse,
    run: async (context) => {
      const port = await context.freeRun(1);
      const first = await context.here.bind({ address: "0.0.0.0", port, exclusive: true });
      if (!first.ok) return yesIf(false, outcomeText(first));
      const other = await context.other();
      const loopback = await other.bind({ address: "127.0.0.1", port });
      const all = await other.bind({ address: "0.0.0.0", port });
      const seen = `127.0.0.1 ${outcomeText(loopback)}, 0.0.0.0 ${outcomeText(all)}`;
      return yesIf(!loopback.ok && !all.ok, seen);
    },
  },
  {
    id: "exclusive.shared-without",
    title: "Without it another process can take 127.0.0.1 beside 0.0.0.0",
    neededBy: [],
    source: exclusiveUse,
    run: async (context) => {
      const port = await context.freeRun(1);
      const first = await context.here.bind({ address: "0.0.0.0", port });
      const second = await (await context.other()).bind({ address: "127.0.0.1", port });
      return yesIf(first.ok && second.ok, outcomeText(second));
    },
  },
  {
    id: "exclusive.dual-stack",
    title: "An exclusive socket on :: is refused while another has the port on IPv4",
    neededBy: [],
    source: exclusiveUse,
    run: async (context) => {
      const port = await context.freeRun(1);
      const other = await context.other();
      const first = await other.nodeListen("127.0.0.1", port);
      const second = await context.here.bind({ address: "::", port, exclusive: true });
      return yesIf(first.ok && !second.ok, outcomeText(second));
    },
  },
  {
    id: "exclusive.rebind",
    title:
      "The port cannot be bound exclusively again while connections that were accepted from it live",
    neededBy: [],
    source: exclusiveUse,
    run: async (context) => {
      const port = await context.freeRun(1);
      const server = await context.here.nodeListen("127.0.0.1", port);
      const client = server.ok ? await (await context.other()).connect("127.0.0.1", port) : server;
      if (!server.ok || !client.ok) return skipped(outcomeText(client));
      await context.here.stopAccepting(server.socketId);
      const alive = await context.here.bind({ address: "127.0.0.1", port, exclusive: true });
      await (await context.other()).close(client.socketId);
      await context.here.close(server.socketId);
      if (alive.ok) await context.here.close(alive.socketId);
      const ended = await context.here.bind({ address: "127.0.0.1", port, exclusive: true });
      const seen = `with a live connection ${outcomeText(alive)}, after its end ${outcomeText(ended)}`;
      return yesIf(!alive.ok, seen);
    },
  },
];
