// A program beside the broker on Windows: does what it is told over IPC until the channel closes. It knows its tokens only from
// what it is told, as a sidecar does.

import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { type BoundSocket, NativeError, openLesseeSockets } from "@portlease/native";
import type { ProgramAnswer, ProgramRequest } from "./windows-program-protocol.js";

const servers = new Map<number, Server>();
const sockets = new Map<number, BoundSocket>();

async function perform(request: ProgramRequest): Promise<void> {
  const { port } = request;
  switch (request.do) {
    case "listen": {
      const server = createServer();
      server.listen({ port, host: request.address });
      await once(server, "listening");
      servers.set(port, server);
      return;
    }
    case "bind": {
      const { token, ...rest } = request;
      keep(port, openLesseeSockets().bindLeased({ ...rest, token: BigInt(token) }), request.listen);
      return;
    }
    case "open": {
      const protocolInfo = Buffer.from(request.protocolInfo, "hex");
      const { protocol } = request;
      const socket = openLesseeSockets().openTransferred({ protocol, port, protocolInfo });
      keep(port, socket, request.listen);
      return;
    }
    case "close": {
      sockets.get(port)?.close();
      sockets.delete(port);
      const server = servers.get(port);
      servers.delete(port);
      if (server === undefined) return;
      server.close();
      await once(server, "close");
    }
  }
}

function keep(port: number, socket: BoundSocket, listen: boolean): void {
  sockets.set(port, socket);
  if (listen) socket.listen(16);
}

async function answer(request: ProgramRequest): Promise<ProgramAnswer> {
  try {
    await perform(request);
    return { ok: true };
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : null;
    const errorName = error instanceof NativeError ? error.fields.errorName : null;
    return { ok: false, code: String(code), errorName, message: String(error) };
  }
}

process.on("message", (request: ProgramRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ok: true } satisfies ProgramAnswer);
