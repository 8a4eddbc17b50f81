// A Windows service as its author would write it with @portlease/client: leases a port and serves on it. What to do when is told
// by a test, a JSON line each, until stdin ends; its first line is its process id. The broker is that of PORTLEASE_ADDRESS.

import { createSocket, type Socket as DgramSocket } from "node:dgram";
import { createServer, type Server } from "node:http";
import { createInterface } from "node:readline";
import { type Lease, LeaseClient, PortleaseError } from "@portlease/client";
import { NativeError, openLesseeSockets } from "@portlease/native";
import { BindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import type {
  SidecarAnswer,
  SidecarBind,
  SidecarLease,
  SidecarRefusal,
  SidecarRequest,
} from "./sidecar-protocol.js";

const eventNames = ["jeopardy", "safe", "lost", "tokenChanged", "drain"] as const;

const client = new LeaseClient({
  log: (level, message, fields) => console.error(JSON.stringify({ level, message, ...fields })),
});
const servers: Server[] = [];
const datagramSockets: DgramSocket[] = [];
const events: string[] = [];
let current: Lease | null = null;

function held(): Lease {
  if (current === null) throw new Error("nothing was acquired");
  return current;
}

async function acquire(options: Parameters<LeaseClient["acquire"]>[0]): Promise<void> {
  const lease = await client.acquire(options);
  current = lease;
  events.length = 0;
  for (const name of eventNames) lease.on(name, () => events.push(name));
}

async function serve(options: SidecarBind): Promise<void> {
  const server = createServer((_request, response) => response.end(String(process.pid)));
  await held().listen(server, options);
  servers.push(server);
}

async function echo(family: 4 | 6, options: SidecarBind): Promise<void> {
  const socket = createSocket(family === 4 ? "udp4" : "udp6");
  socket.on("message", (_data, { port, address }) => {
    socket.send(String(process.pid), port, address);
  });
  await held().bind(socket, options);
  datagramSockets.push(socket);
}

async function closeAll(): Promise<void> {
  const serversClosed = servers.splice(0).map((server) => {
    return new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  });
  const socketsClosed = datagramSockets.splice(0).map((socket) => {
    return new Promise<void>((resolve) => socket.close(() => resolve()));
  });
  await Promise.all([...serversClosed, ...socketsClosed]);
}

function bindWithToken(request: Extract<SidecarRequest, { do: "bindWithToken" }>): void {
  const { port, tokenPortCount } = request;
  const wanted = { protocol: "tcp", port, address: "127.0.0.1", ipv6Only: false } as const;
  const token = BigInt(request.token);
  openLesseeSockets()
    .bindLeased({ ...wanted, bindMethod: "associate", token, tokenPortCount })
    .close();
}

const bindMethods = {
  [BindMethod.BIND_METHOD_ASSOCIATE]: "associate",
  [BindMethod.BIND_METHOD_HANDOFF]: "handoff",
  [BindMethod.BIND_METHOD_PLAIN]: "plain",
  [BindMethod.BIND_METHOD_SHARE_PORT]: "share-port",
  [BindMethod.BIND_METHOD_UNSPECIFIED]: "plain",
  [BindMethod.UNRECOGNIZED]: "plain",
} as const;

function describeLease(lease: Lease): SidecarLease {
  const reservations = lease.reservations.map((reservation) => ({
    protocol: reservation.protocol === Protocol.PROTOCOL_UDP ? ("udp" as const) : ("tcp" as const),
    bindMethod: bindMethods[reservation.bindMethod],
    firstPort: reservation.firstPort,
    portCount: reservation.portCount,
    token: String(reservation.token),
  }));
  return { ...lease.toJSON(), reservations, events: [...events] };
}

async function carryOut(request: SidecarRequest): Promise<void> {
  switch (request.do) {
    case "acquire":
      return acquire(request.options);
    case "serve":
      return serve(request.options);
    case "echo":
      return echo(request.family, request.options);
    case "close":
      return closeAll();
    case "bindWithToken":
      return bindWithToken(request);
    case "lease":
      return;
    case "release":
      return held().release();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof PortleaseError) return error.reason;
  if (error instanceof NativeError) return error.code;
  return error instanceof Error ? error.name : "";
}

function numberOf(error: unknown): number | null {
  if (error instanceof NativeError) return error.fields.errorNumber;
  const text = error instanceof PortleaseError ? error.metadata["error_number"] : undefined;
  return text === undefined ? null : Number(text);
}

function refusalOf(error: unknown): SidecarRefusal {
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    reason: reasonOf(error),
    causeReason: reasonOf(cause),
    errorNumber: numberOf(error) ?? numberOf(cause),
    message: error instanceof Error ? error.message : String(error),
  };
}

async function answer(request: SidecarRequest): Promise<SidecarAnswer> {
  try {
    await carryOut(request);
    return current === null ? {} : { lease: describeLease(current) };
  } catch (error) {
    return { refused: refusalOf(error) };
  }
}

console.log(String(process.pid));
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as SidecarRequest)));
}
await closeAll();
await client.close();
process.exit(0);
