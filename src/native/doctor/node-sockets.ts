// What Node itself does in a probe: serve on an adopted socket, listen as any program does, connect, ask a server.
// Knows no native call; gives back what it opened so that it can be closed.

import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from "node:net";
import { adoptTcpSocket } from "../adopt.js";
import { bindOnLeased } from "../adopt-udp.js";
import type { BoundSocket, TransportProtocol } from "../host-ports.js";
import type { Refused } from "./probe.js";

/** Whatever a server or a connection is closed with; resolves when it is closed. */
export type CloseNode = () => Promise<void>;

/** A server that answers on loopback has this long. */
const replyMsMax = 5_000;

/** Every request, or every datagram, is answered with `reply`. Rejects with the error of Node. */
export async function serveAdopted(
  socket: BoundSocket,
  protocol: TransportProtocol,
  reply: string,
): Promise<CloseNode> {
  if (protocol === "udp") return await echoAdopted(socket, reply);
  const server = createServer((_, response) => {
    response.setHeader("connection", "close");
    response.end(reply);
  });
  server.listen(adoptTcpSocket(socket));
  await once(server, "listening");
  return () => closeServer(server);
}

async function echoAdopted(socket: BoundSocket, reply: string): Promise<CloseNode> {
  const server = createSocket({ type: "udp4" });
  server.on("message", (_, sender) => server.send(reply, sender.port, sender.address));
  await bindOnLeased(server, socket);
  return () => closeUdp(server);
}

/** A server of `listenPlainly`. */
export interface PlainServer {
  readonly port: number;
  /** Stops listening, and leaves the connections alone. */
  readonly stop: () => void;
  readonly close: CloseNode;
}

export async function listenPlainly(address: string, port: number): Promise<PlainServer | Refused> {
  const connections = new Set<{ destroy(): void }>();
  const server = createTcpServer((connection) => {
    connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => connections.delete(connection));
  });
  try {
    server.listen({ host: address, port, exclusive: true });
    await once(server, "listening");
  } catch (error) {
    return refusedBy("listen", error);
  }
  const closed = once(server, "close");
  // The listening socket closes at once; "close" comes when the last connection has ended.
  const stop = (): void => void (server.listening && server.close());
  const close = async (): Promise<void> => {
    stop();
    for (const connection of connections) connection.destroy();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, stop, close };
}

export async function connectTo(
  address: string,
  port: number,
): Promise<{ readonly localPort: number; readonly close: CloseNode } | Refused> {
  const connection = connect({ host: address, port });
  try {
    await once(connection, "connect");
  } catch (error) {
    return refusedBy("connect", error);
  }
  connection.on("error", () => undefined);
  const close = async (): Promise<void> => {
    if (connection.closed) return;
    connection.destroy();
    await once(connection, "close");
  };
  return { localPort: connection.localPort ?? 0, close };
}

/** What the server there answers, or the name of the error. */
export async function askServer(
  protocol: TransportProtocol,
  address: string,
  port: number,
): Promise<string> {
  try {
    return protocol === "tcp" ? await askHttp(address, port) : await askUdp(address, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code ?? String(error);
  }
}

async function askHttp(host: string, port: number): Promise<string> {
  const signal = AbortSignal.timeout(replyMsMax);
  const request = get({ host, port, agent: false, signal });
  const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
  let text = "";
  for await (const chunk of response) text += chunk.toString();
  return text;
}

async function askUdp(address: string, port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    socket.send("?", port, address);
    const signal = AbortSignal.timeout(replyMsMax);
    const [message] = (await once(socket, "message", { signal })) as [Buffer];
    return message.toString();
  } finally {
    await closeUdp(socket);
  }
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}

async function closeUdp(socket: UdpSocket): Promise<void> {
  socket.close();
  await once(socket, "close");
}

function refusedBy(api: string, error: unknown): Refused {
  const { code, errno } = error as NodeJS.ErrnoException;
  return { ok: false, api, errorNumber: errno ?? 0, errorName: code ?? String(error) };
}
