// Serves a grpc-js server on a leased port. grpc-js can only bind by address, so a net.Server of our own listens and hands each
// connection over (createConnectionInjector, grpc-js 1.14).

import { createServer, type Server as NetServer } from "node:net";
import { ServerCredentials, type ConnectionInjector, type Server } from "@grpc/grpc-js";

/** How long open calls may go on after the listener was closed, in milliseconds. */
export const drainMs = 5_000;

/** A grpc-js server on a leased port. */
export interface GrpcListener extends AsyncDisposable {
  readonly port: number;
  /**
   * Stops accepting, lets open calls finish for at most 5 s, and resolves when all connections are gone. Idempotent.
   * Call it when you shut the gRPC server down, because `tryShutdown` does not know of this listener, and before `release()`.
   */
  close(): Promise<void>;
}

/** The two halves of a listener: what listens, and what it feeds. */
export class InjectedGrpcListener implements GrpcListener {
  readonly port: number;
  readonly netServer: NetServer;
  readonly #injector: ConnectionInjector;
  #closed: Promise<void> | null = null;

  constructor(port: number, server: Server, credentials: ServerCredentials | undefined) {
    this.port = port;
    const injector = server.createConnectionInjector(
      credentials ?? ServerCredentials.createInsecure(),
    );
    this.#injector = injector;
    this.netServer = createServer((socket) => {
      // grpc-js listens for errors only once the session exists; an early reset must not end the process.
      socket.on("error", () => socket.destroy());
      injector.injectConnection(socket);
    });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.netServer.close(() => {
        this.#injector.destroy();
        resolve();
      });
      this.#injector.drain(drainMs);
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
