// Sockets that one process binds and another serves on: WSADuplicateSocketW.

import type { TransportProtocol } from "../../host-ports.js";
import { type Fact, type FactAnswer, skipped, unknown, yesIf } from "../fact.js";
import { askServer } from "../node-sockets.js";
import { type Opened, outcomeText, type Probe, type Refused, replyOf } from "../probe.js";
import type { WindowsContext } from "./windows-context.js";

const duplicate =
  "https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw";
const libuv = "https://github.com/libuv/libuv/blob/v1.x/src/win";

/** Process ids are small multiples of four. */
const noProcess = 0xffff_fff0;

export const handoffFacts: readonly Fact<WindowsContext>[] = [
  {
    id: "handoff.tcp",
    title:
      "A socket bound here with a token is opened in another process, listens there in Node and serves",
    neededBy: ["runtime", "persistent"],
    source: duplicate,
    run: async (context) => {
      const { answer, given } = await handOver(context, "tcp");
      if (given !== null) await context.here.close(given.bound.socketId);
      return answer;
    },
  },
  {
    id: "handoff.copy-closed",
    title: "The other process goes on serving after the copy here is closed",
    neededBy: ["runtime", "persistent"],
    source: duplicate,
    run: async (context) => {
      const { answer, given } = await handOver(context, "tcp");
      if (given === null) return answer;
      await context.here.close(given.bound.socketId);
      const reply = await askServer("tcp", "127.0.0.1", given.port);
      return yesIf(reply === replyOf((await context.other()).processId), reply);
    },
  },
  {
    id: "handoff.udp",
    title: "The same in UDP: opened in another process, read and answered there by Node",
    neededBy: [],
    source: `${libuv}/udp.c`,
    run: async (context) => (await handOver(context, "udp")).answer,
  },
  {
    id: "handoff.owner",
    title: "The TCP table names the process that listens as owner of a socket that was handed over",
    neededBy: [],
    source:
      "https://learn.microsoft.com/windows/win32/api/tcpmib/ns-tcpmib-mib_tcprow_owner_pid (the process that issued a context bind)",
    run: async (context) => {
      const { answer, given } = await handOver(context, "tcp");
      if (given === null) return answer;
      const before = listenerOwner(context, given.port);
      await context.here.close(given.bound.socketId);
      const after = listenerOwner(context, given.port);
      const { processId } = await context.other();
      const name = (owner: number | null): string =>
        owner === processId
          ? "the other process"
          : owner === process.pid
            ? "this process"
            : `${owner ?? "nobody"}`;
      if (after === null) return unknown("the table names no owner");
      return yesIf(
        after === processId,
        `before the close here ${name(before)}, after it ${name(after)}`,
      );
    },
  },
  {
    id: "handoff.first-process-ends",
    title: "The socket serves on after the process that bound it and acquired its port has ended",
    neededBy: ["runtime"],
    source:
      "inferred from https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw",
    run: async (context) => (await outlive(context)).answer,
  },
  {
    id: "handoff.number-stays-protected",
    title: "Also then nobody else can bind the port",
    neededBy: [],
    source: "inferred from the socket being bound to it",
    run: async (context) => {
      const { answer, port } = await outlive(context);
      if (port === null) return answer;
      const seen: string[] = [];
      let refused = true;
      const other = await context.other();
      for (const address of ["0.0.0.0", "127.0.0.1"]) {
        const bound = await other.bind({ address, port });
        refused &&= !bound.ok;
        seen.push(`${address} ${outcomeText(bound)}`);
      }
      return yesIf(refused, seen.join(", "));
    },
  },
  {
    id: "handoff.only-there",
    title: "The protocol info is of no use in a process that it was not made for",
    neededBy: [],
    source: duplicate,
    run: async (context) => {
      const port = await context.freeRun(1);
      const bound = await context.here.bind({ address: "127.0.0.1", port });
      if (!bound.ok) return skipped(outcomeText(bound));
      const other = await context.other();
      const made = await context.here.duplicate(bound.socketId, other.processId);
      if (!made.ok) return skipped(outcomeText(made));
      // In a process of its own, which is killed: where it is opened all the same, it may be anything that is open there.
      const wrong = await context.newProcess();
      const opened = await wrong.openTransferred("tcp", made.protocolInfo);
      return yesIf(!opened.ok, outcomeText(opened));
    },
  },
  {
    id: "handoff.no-such-process",
    title: "A process id that does not exist is refused",
    neededBy: [],
    source: duplicate,
    run: async (context) => {
      const port = await context.freeRun(1);
      const bound = await context.here.bind({ address: "127.0.0.1", port });
      if (!bound.ok) return skipped(outcomeText(bound));
      const made = await context.here.duplicate(bound.socketId, noProcess);
      return yesIf(!made.ok, outcomeText(made));
    },
  },
];

interface Given {
  readonly port: number;
  /** The copy here. */
  readonly bound: Opened;
}

/** Binds with a token as a broker does, hands over, and asks the server there. */
async function handOver(
  context: WindowsContext,
  protocol: TransportProtocol,
): Promise<{ readonly answer: FactAnswer; readonly given: Given | null }> {
  const { token } = await context.block(1, protocol);
  const bound = await context.here.bind({
    protocol,
    address: "127.0.0.1",
    port: 0,
    token,
    exclusive: true,
  });
  if (!bound.ok) return failed(bound);
  const other = await context.other();
  const opened = await give(context.here, bound, other, protocol);
  if (!opened.ok) return failed(opened);
  const served = await other.serve(opened.socketId);
  if (!served.ok) return failed(served);
  const reply = await askServer(protocol, "127.0.0.1", bound.port);
  const answer = yesIf(reply === replyOf(other.processId), reply);
  return { answer, given: { port: bound.port, bound } };
}

/** Another process acquires, binds and hands over to this one, and is killed. `port`: of the server here. */
async function outlive(
  context: WindowsContext,
): Promise<{ readonly answer: FactAnswer; readonly port: number | null }> {
  const firstPort = await context.freeRun(1);
  const broker = await context.newProcess();
  const made = await broker.acquire("tcp", firstPort, 1);
  if (!made.ok) return { answer: yesIf(false, outcomeText(made)), port: null };
  const { token } = made;
  const bound = await broker.bind({ address: "127.0.0.1", port: 0, token, exclusive: true });
  if (!bound.ok) return { answer: yesIf(false, outcomeText(bound)), port: null };
  const opened = await give(broker, bound, context.here, "tcp");
  if (!opened.ok) return { answer: yesIf(false, outcomeText(opened)), port: null };
  const served = await context.here.serve(opened.socketId);
  await broker.end();
  const reply = await askServer("tcp", "127.0.0.1", bound.port);
  const holds = served.ok && reply === replyOf(process.pid);
  return { answer: yesIf(holds, served.ok ? reply : outcomeText(served)), port: bound.port };
}

/** `null` when there is no such row, or it names nobody. */
function listenerOwner({ tables }: WindowsContext, port: number): number | null {
  const row = tables
    .read("tcp")
    .find(({ localPort, state }) => localPort === port && state === "listen");
  return row?.processId ?? null;
}

async function give(
  from: Probe,
  bound: Opened,
  to: Probe,
  protocol: TransportProtocol,
): Promise<Opened | Refused> {
  const made = await from.duplicate(bound.socketId, to.processId);
  return made.ok ? await to.openTransferred(protocol, made.protocolInfo) : made;
}

function failed(refused: Refused): { readonly answer: FactAnswer; readonly given: null } {
  return { answer: yesIf(false, outcomeText(refused)), given: null };
}
