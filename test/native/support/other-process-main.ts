// The other process of a test: does what it is told over IPC until the channel closes.

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type BoundSocket,
  listenOnLeased,
  openHostPorts,
  openLesseeSockets,
} from "@portlease/native";
import { parseIpAddress } from "#native/ip-address.js";
import { loadLibc } from "#native/posix/bindings.js";
import { errnoName } from "#native/posix/errno.js";
import { linuxLayout } from "#native/posix/layout.js";
import { PortSockets } from "#native/posix/port-sockets.js";
import type { OtherAnswer, OtherRequest, PlainBind } from "./other-process-protocol.js";
import { blockRequest } from "../../support/native-requests.js";

interface Opened {
  server: Server | null;
  socket: BoundSocket | null;
  readonly connections: Set<Socket>;
  readonly descriptors: number[];
}

const byPort = new Map<number, Opened>();
const sockets = new PortSockets(loadLibc(), linuxLayout);

function openedOn(port: number): Opened {
  const known = byPort.get(port);
  if (known !== undefined) return known;
  const opened: Opened = { server: null, socket: null, connections: new Set(), descriptors: [] };
  byPort.set(port, opened);
  return opened;
}

function newServer(opened: Opened): Server {
  const server = createServer((connection) => {
    opened.connections.add(connection);
    connection.on("close", () => opened.connections.delete(connection));
    connection.on("error", () => undefined);
    connection.write("served\n");
  });
  opened.server = server;
  return server;
}

async function listen(port: number, address: string, server: Server): Promise<void> {
  server.listen({ port, host: address });
  await once(server, "listening");
}

function bind({ port, address, ...rest }: PlainBind): number {
  const ip = parseIpAddress(address);
  if (ip === null) throw new Error(`not an address: ${address}`);
  const options = { ipv6Only: false, reusePort: false, reuseAddress: false, ...rest };
  const bound = sockets.openBound({ ip, port, ...options });
  if (bound.descriptor !== null) return bound.descriptor;
  throw Object.assign(new Error("bind"), { code: errnoName(bound.errorNumber) });
}

async function tryAll(
  request: Extract<OtherRequest, { do: "tryAll" }>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = async (attempt: () => Promise<void> | void): Promise<void> => {
    let outcome = "OK";
    try {
      await attempt();
    } catch (error) {
      outcome = codeOf(error);
    }
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  };
  for (let offset = 0; offset < request.portCount; offset += 1) {
    const port = request.firstPort + offset;
    for (const address of request.addresses) {
      await count(async () => {
        const server = createServer();
        await listen(port, address, server);
        server.close();
        await once(server, "close");
      });
      await count(() => sockets.close(bind({ port, address })));
    }
  }
  return counts;
}

async function close(port: number): Promise<void> {
  const opened = openedOn(port);
  byPort.delete(port);
  for (const descriptor of opened.descriptors) sockets.close(descriptor);
  opened.socket?.close();
  for (const connection of opened.connections) connection.destroy();
  if (opened.server?.listening !== true) return;
  opened.server.close();
  await once(opened.server, "close");
}

async function reserve(firstPort: number, portCount: number): Promise<Record<string, number>> {
  const host = openHostPorts();
  const progress = { turns: 0, done: false };
  const countTurns = async (): Promise<void> => {
    while (!progress.done) {
      await nextTurn();
      progress.turns += 1;
    }
  };
  const counting = countTurns();
  try {
    const run = { firstPort, portCount, leasedPorts: null };
    const block = await host.reserveBlock(blockRequest(run));
    return { turns: progress.turns, uncovered: block.uncoveredPorts().length };
  } finally {
    progress.done = true;
    await counting;
  }
}

async function perform(request: OtherRequest): Promise<Record<string, number>> {
  switch (request.do) {
    case "listen":
      await listen(request.port, request.address, newServer(openedOn(request.port)));
      return {};
    case "bind":
      openedOn(request.port).descriptors.push(bind(request));
      return {};
    case "tryAll":
      return await tryAll(request);
    case "lease": {
      const { port, address, bindMethod } = request;
      const leased = { protocol: "tcp", port, address, bindMethod } as const;
      const socket = openLesseeSockets().bindLeased({
        ...leased,
        ipv6Only: false,
        token: 0n,
        tokenPortCount: 1,
      });
      const opened = openedOn(port);
      opened.socket = socket;
      if (request.serve) await listenOnLeased(newServer(opened), socket);
      return {};
    }
    case "endConnections": {
      const connections = [...openedOn(request.port).connections];
      await Promise.all(
        connections.map(async (connection) => {
          connection.destroy();
          await once(connection, "close");
        }),
      );
      return { ended: connections.length };
    }
    case "stopListening":
      // The callback of close waits for the connections; the listening socket itself closes at once.
      openedOn(request.port).server?.close();
      return {};
    case "close":
      await close(request.port);
      return {};
    case "reserve":
      return await reserve(request.firstPort, request.portCount);
  }
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : String(error);
}

async function answer(request: OtherRequest): Promise<OtherAnswer> {
  try {
    return { ok: true, counts: await perform(request) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, code: codeOf(error), message };
  }
}

process.on("message", (request: OtherRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ok: true, counts: {} } satisfies OtherAnswer);
