// What a HELD block stands on: an unlistened SO_REUSEPORT socket keeps every other program off its port, and its lessee in.
// socket(7) documents SO_REUSEPORT and SO_REUSEADDR; the rules for unlistened sockets are those of the kernel's source.

import { type Fact, skipped, unknown, yesIf } from "../fact.js";
import { askServer } from "../node-sockets.js";
import { isRefusedWith, outcomeText, replyOf } from "../probe.js";
import type { LinuxContext } from "./linux-context.js";

const manual = "https://man7.org/linux/man-pages/man7/socket.7.html";
const kernel = "https://github.com/torvalds/linux/blob/v6.18/net/ipv4/inet_connection_sock.c";

const EADDRINUSE = 98;

/** What one lessee must get all of. */
const connections = 50;

/** So many that a pick from the whole dynamic range would hit the held part for sure (256 of 28,232 ports, 2,000 picks). */
const heldInRange = 256;
const automaticPicks = 2_000;
const outgoingConnections = 200;

export const heldFacts: readonly Fact<LinuxContext>[] = [
  {
    id: "held.refuses-others",
    title: "A held port refuses the plain bind of another process on every address",
    neededBy: ["held"],
    source: kernel,
    run: async (context) => {
      const port = await context.holdFree();
      const other = await context.other();
      const seen: string[] = [];
      let refused = true;
      for (const address of context.addresses) {
        // With SO_REUSEADDR, as Node and most servers have it: the harder case.
        const bound = await other.bind({ address, port, reuseAddress: true });
        const listened = await other.nodeListen(address, port);
        refused &&= isRefusedWith(bound, EADDRINUSE) && !listened.ok;
        seen.push(`${address} ${outcomeText(bound)}`);
      }
      return yesIf(refused, seen.join(", "));
    },
  },
  {
    id: "held.lessee-serves",
    title: "A lessee with SO_REUSEPORT binds beside the hold and gets every connection",
    neededBy: ["held"],
    source: manual,
    run: async (context) => {
      const port = await context.holdFree();
      const other = await context.other();
      const lessee = await other.bind({ address: "127.0.0.1", port, reusePort: true });
      if (!lessee.ok) return yesIf(false, outcomeText(lessee));
      const served = await other.serve(lessee.socketId);
      if (!served.ok) return yesIf(false, outcomeText(served));
      const answers = new Map<string, number>();
      for (let round = 0; round < connections; round += 1) {
        const answer = await askServer("tcp", "127.0.0.1", port);
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      }
      const count = answers.get(replyOf(other.processId)) ?? 0;
      const seen = `${count} of ${connections} connections served by the lessee`;
      return yesIf(count === connections, seen);
    },
  },
  {
    id: "held.dynamic-picks-avoid",
    title:
      "The system picks no held port by itself, for bind to port 0 or for outgoing connections",
    neededBy: ["held"],
    source: kernel,
    run: async (context) => {
      const dynamic = await context.hostPorts.dynamicRange("tcp");
      if (dynamic === null) return unknown("the dynamic range cannot be read");
      // For sockets with SO_REUSEADDR, which Node always sets, the kernel first picks from the lower half alone
      // (inet_csk_find_open_port): above it, nothing would be proven.
      const lowerHalf = Math.floor(dynamic.portCount / 2);
      const range = { first: dynamic.firstPort, last: dynamic.firstPort + lowerHalf - 1 };
      if (dynamic.portCount < 4 * heldInRange) return skipped("the dynamic range is too small");
      // Not in a row: a busy host has no run so long among the ports of its connections.
      const held = await context.holdSome(heldInRange, range);
      if (held.length < heldInRange) {
        return unknown(`only ${held.length} ports from ${range.first} to ${range.last} are free`);
      }
      const binds = await context.here.countAutomaticPorts(automaticPicks, held);
      const connects = await countConnects(context, held);
      const seen =
        `${binds} of ${automaticPicks} binds and ${connects} of ${outgoingConnections} connections got one of ` +
        `${heldInRange} held ports`;
      return yesIf(binds === 0 && connects === 0, seen);
    },
  },
  {
    id: "held.late-reuse-address",
    title:
      "SO_REUSEADDR set just before listen lets the port be used again at once, in spite of TIME_WAIT",
    neededBy: ["held"],
    source: manual,
    run: async (context) => {
      const port = await context.holdFree();
      const lessee = await context.here.bind({ address: "127.0.0.1", port, reusePort: true });
      if (!lessee.ok) return yesIf(false, outcomeText(lessee));
      await context.here.setReuseAddress(lessee.socketId);
      await context.here.serve(lessee.socketId);
      // The server ends the connection, so that TIME_WAIT is on its side.
      await askServer("tcp", "127.0.0.1", port);
      await context.here.closeAll();
      const rests = (await context.hostPorts.observeSockets("tcp")).some(
        ({ localPort, state }) => localPort === port && state === "time-wait",
      );
      const again = await context.here.nodeListen("127.0.0.1", port);
      const held = again.ok ? await heldAgain(context, again.socketId, port) : "not tried";
      const seen = `TIME_WAIT ${rests ? "seen" : "not seen"}, listen ${outcomeText(again)}, hold ${held}`;
      return yesIf(again.ok && held === "ok", seen);
    },
  },
];

async function heldAgain(context: LinuxContext, socketId: number, port: number): Promise<string> {
  await context.here.close(socketId);
  const held = await context.here.bind({ address: context.everyAddress, port, reusePort: true });
  return outcomeText(held);
}

async function countConnects(context: LinuxContext, held: readonly number[]): Promise<number> {
  const server = await context.here.nodeListen("127.0.0.1", 0);
  if (!server.ok) throw new Error(outcomeText(server));
  let hits = 0;
  for (let round = 0; round < outgoingConnections; round += 1) {
    const connection = await context.here.connect("127.0.0.1", server.port);
    if (!connection.ok) throw new Error(outcomeText(connection));
    if (held.includes(connection.port)) hits += 1;
  }
  return hits;
}
