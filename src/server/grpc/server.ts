// The gRPC server: services, limits and the listening socket. Connections are accepted by our own net.Server and handed to
// grpc-js, because that is where connection limits and the peer belong (semantics.md 12).

import { createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  AdminServiceService,
  type AdminServiceServer,
} from "@portlease/proto/portlease/v1/admin_service.js";
import {
  LeaseServiceService,
  type LeaseServiceServer,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { ListenAddress } from "../config/listen-address.js";
import type { Log } from "../log.js";
import { StartError } from "../start-error.js";
import type { Health } from "./health.js";
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
  readonly lease: LeaseServiceServer;
  readonly admin: AdminServiceServer;
  readonly health: Health;
}

export class GrpcServer {
  readonly #server: Server;
  readonly #listener: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #injector: ReturnType<Server["createConnectionInjector"]>;
  readonly #log: Log;

  /** `connections` learns of every connection that has addresses. */
  constructor(services: GrpcServices, connections: PeerConnections, log: Log) {
    this.#log = log;
    this.#server = new Server({
      "grpc.max_receive_message_length": messageBytesMax,
      "grpc.max_concurrent_streams": streamsPerConnectionMax,
      "grpc.keepalive_time_ms": keepaliveTimeMs,
      "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    });
    this.#server.addService(LeaseServiceService, services.lease);
    this.#server.addService(AdminServiceService, services.admin);
    services.health.addToServer(this.#server);
    addReflection(this.#server);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener = createServer({ noDelay: true }, (socket) => {
      socket.on("error", (error) => log.debug("connection failed", { error: error.message }));
      this.#sockets.add(socket);
      connections.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      this.#injector.injectConnection(socket);
    });
    this.#listener.maxConnections = connectionsMax;
    this.#listener.on("drop", () => log.warn("connection refused: too many", { connectionsMax }));
  }

  /** Resolves with host:port. Throws StartError when the address cannot be had. */
  async listen({ host, port }: ListenAddress): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", (error: NodeJS.ErrnoException) =>
        reject(cannotListen(host, port, error)),
      );
      this.#listener.listen({ host, port }, resolve);
    });
    this.#listener.removeAllListeners("error");
    // A failed accept must not end the process.
    this.#listener.on("error", (error) => this.#log.error("the listener failed", { error }));
    const address = this.#listener.address() as AddressInfo;
    return address.family === "IPv6"
      ? `[${address.address}]:${address.port}`
      : `${address.address}:${address.port}`;
  }

  /** Accepts nothing new, lets open calls end for a moment, then cuts them. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    this.#injector.drain(stopGraceMs);
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, stopCutMs);
    await closed;
    clearTimeout(cut);
    this.#server.forceShutdown();
  }
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
