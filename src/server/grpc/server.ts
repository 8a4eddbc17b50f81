// The gRPC server: services, limits and the listening sockets. Connections are accepted by our own net.Server and handed to
// grpc-js, because that is where connection limits and the peer belong (semantics.md 12).

import { createServer, type Server as NetServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  AdminServiceService,
  type AdminServiceServer,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { formatListenAddress, type ListenAddress } from "../config/listen-address.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";
import type { Health } from "./health.js";
import { type ServedLeaseService, servedLeaseService } from "./lease-service.js";
import {
  connectionsMax,
  keepaliveTimeMs,
  keepaliveTimeoutMs,
  messageBytesMax,
  streamsPerConnectionMax,
} from "./limits.js";
import type { PeerConnections } from "./peer-connections.js";
import { addReflection } from "./reflection.js";

/** Calls still open this long after the stop began are cut. */
const stopGraceMs = 2_000;
/** And this much later every connection is: a paused client, or one that never said a word, ends none by itself. */
const stopCutMs = stopGraceMs + 500;

export interface GrpcServices {
  readonly lease: ServedLeaseService;
  readonly admin: AdminServiceServer;
  readonly health: Health;
}

export class GrpcServer {
  readonly #server: Server;
  readonly #listeners: NetServer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #connections: PeerConnections;
  readonly #injector: ReturnType<Server["createConnectionInjector"]>;
  readonly #log: Log;

  /** `connections` learns of every connection that has addresses. */
  constructor(services: GrpcServices, connections: PeerConnections, log: Log) {
    this.#log = log;
    this.#connections = connections;
    this.#server = new Server({
      "grpc.max_receive_message_length": messageBytesMax,
      "grpc.max_concurrent_streams": streamsPerConnectionMax,
      "grpc.keepalive_time_ms": keepaliveTimeMs,
      "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    });
    this.#server.addService(servedLeaseService, { ...services.lease });
    this.#server.addService(AdminServiceService, services.admin);
    services.health.addToServer(this.#server);
    addReflection(this.#server);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** Resolves with host:port. Rejects with StartError when the address cannot be had. */
  listen({ host, port }: ListenAddress): Promise<string> {
    return this.listenWith(
      (listener) =>
        new Promise<void>((resolve, reject) => {
          const fail = (error: NodeJS.ErrnoException): void =>
            reject(cannotListen(host, port, error));
          listener.once("error", fail);
          listener.listen({ host, port }, () => {
            listener.off("error", fail);
            resolve();
          });
        }),
    );
  }

  /**
   * One more place to listen on: `open` makes the listener listen. Resolves with host:port, or unix: and a path. Rejects with
   * what `open` rejects with.
   */
  async listenWith(open: (listener: NetServer) => Promise<void>): Promise<string> {
    const listener = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    listener.maxConnections = connectionsMax;
    listener.on("drop", () => this.#log.warn("connection refused: too many", { connectionsMax }));
    await open(listener);
    this.#listeners.push(listener);
    // A failed accept must not end the process.
    listener.on("error", (error) => this.#log.error("the listener failed", { error }));
    return addressText(listener);
  }

  /** Accepts nothing new, lets open calls end for a moment, then cuts them. */
  async stop(): Promise<void> {
    const closed = this.#listeners.map(
      (listener) => new Promise<void>((resolve) => listener.close(() => resolve())),
    );
    this.#injector.drain(stopGraceMs);
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, stopCutMs);
    await Promise.all(closed);
    clearTimeout(cut);
    this.#server.forceShutdown();
  }

  #accept(socket: Socket): void {
    socket.on("error", (error) => this.#log.debug("connection failed", { error: error.message }));
    this.#sockets.add(socket);
    this.#connections.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }
}

function addressText(listener: NetServer): string {
  const address = listener.address();
  if (typeof address === "string") return `unix:${address}`;
  if (address === null) throw new TypeError("the listener does not listen");
  return formatListenAddress({ host: address.address, port: address.port });
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): StartError {
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE:
      "another program listens there, perhaps another broker; stop it, or listen elsewhere with --listen",
    EACCES: "this user may not listen there; choose a port above 1023 with --listen",
    EADDRNOTAVAIL: "this host has no such address; choose one of its own with --listen",
  };
  const hint = hints[error.code ?? ""] ?? "choose another address with --listen";
  return new StartError(
    "CANNOT_LISTEN",
    `cannot listen on ${host}:${port} (${error.code}): ${hint}`,
    error,
  );
}
