// The gRPC server: services, limits and the listening sockets. Connections are accepted by our own net.Server, go through our own
// TLS where that is configured, and are handed to grpc-js as they are: it has no options for connection limits, for the peer of a
// call, or for certificates that change (semantics.md 12).

import { createServer, type Server as NetServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { ListenAddress } from "../config/listen-address.js";
import { addressText, listenAt } from "../endpoint/listener.js";
import type { TlsIdentity } from "../access/tls-material.js";
import { stopping } from "../domain/refusals.js";
import type { ServerKind } from "../server-kind.js";
import type { Log } from "../log.js";
import { type AcceptLimits, closeIfSilent } from "./accept-limits.js";
import { withForgetfulSessions } from "./forgetful-sessions.js";
import type { GuardedServices } from "./guarded-services.js";
import type { Health } from "./health.js";
import {
  firstWordsWithinMs,
  keepaliveTimeMs,
  keepaliveTimeoutMs,
  messageBytesMax,
  streamsPerConnectionMax,
} from "./limits.js";
import type { PeerConnections } from "./peer-connections.js";
import { addReflection } from "./reflection.js";
import { SeldomWarning } from "../seldom-warning.js";
import { TlsAcceptor } from "./tls-acceptor.js";
import { withUnreadable } from "./unreadable-request.js";

/** Calls still open this long after the stop began are ended, in a way that clients try again after. */
const stopGraceMs = 2_000;
/** By then they have heard it. What is open still is cut: gRPC tells its callers CANCELLED. */
const stopDrainMs = stopGraceMs + 200;
/** And this much later every connection is: a paused client, or one that never said a word, ends none by itself. */
const stopCutMs = stopGraceMs + 500;

export interface GrpcServices {
  readonly kind: ServerKind;
  readonly guarded: GuardedServices;
  readonly health: Health;
}

export interface ServerAccess {
  /** Of all listeners together. */
  readonly acceptLimits: AcceptLimits;
  /** `null`: clear text. Local sockets have clear text always. */
  readonly tls: TlsIdentity | null;
  /** For tests; default firstWordsWithinMs. */
  readonly silentMsMax?: number;
}

export class GrpcServer {
  readonly #server: Server;
  readonly #listeners: NetServer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #connections: PeerConnections;
  readonly #injector: ReturnType<Server["createConnectionInjector"]>;
  readonly #kind: ServerKind;
  readonly #guarded: GuardedServices;
  readonly #acceptLimits: AcceptLimits;
  readonly #silentMsMax: number;
  readonly #tooMany: SeldomWarning;
  readonly #tls: TlsAcceptor | null;
  readonly #log: Log;
  #identity: TlsIdentity | null;

  /** `connections` learns of every connection. */
  constructor(
    services: GrpcServices,
    connections: PeerConnections,
    access: ServerAccess,
    log: Log,
  ) {
    this.#log = log;
    this.#identity = access.tls;
    this.#connections = connections;
    this.#acceptLimits = access.acceptLimits;
    this.#silentMsMax = access.silentMsMax ?? firstWordsWithinMs;
    this.#tooMany = new SeldomWarning("connections were refused: too many are open", log);
    this.#tls =
      access.tls === null
        ? null
        : new TlsAcceptor(access.tls, (socket, names) => this.#inject(socket, names), log);
    this.#server = new Server({
      "grpc.max_receive_message_length": messageBytesMax,
      "grpc.max_concurrent_streams": streamsPerConnectionMax,
      "grpc.keepalive_time_ms": keepaliveTimeMs,
      "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
      // Nobody can ask for it here, and it takes a tenth of what a call costs. /metrics says what it would.
      "grpc.enable_channelz": 0,
    });
    this.#kind = services.kind;
    this.#guarded = services.guarded;
    for (const { definition, handlers } of services.guarded.all) {
      this.#server.addService(withUnreadable(definition), handlers);
    }
    services.health.addToServer(this.#server);
    addReflection(
      this.#server,
      services.guarded.all.map(({ name }) => name),
    );
    this.#injector = withForgetfulSessions(() =>
      this.#server.createConnectionInjector(ServerCredentials.createInsecure()),
    );
  }

  /** What new connections get; `null`: clear text. */
  get identity(): TlsIdentity | null {
    return this.#identity;
  }

  /** Resolves with the host:port for clients on this host. Rejects with StartError when the address cannot be had. */
  listen(address: ListenAddress): Promise<string> {
    return this.listenWith((listener) => listenAt(listener, address, "--listen"));
  }

  /**
   * One more place to listen on: `open` makes the listener listen. Resolves with host:port, or unix: and a path. Rejects with
   * what `open` rejects with.
   */
  async listenWith(open: (listener: NetServer) => Promise<void>): Promise<string> {
    const listener = createServer({ noDelay: true }, (socket) =>
      this.#accept(socket, typeof listener.address() === "string"),
    );
    await open(listener);
    this.#listeners.push(listener);
    // A failed accept must not end the process.
    listener.on("error", (error) => this.#log.error("the listener failed", { error }));
    return addressText(listener);
  }

  /** Accepts nothing new, lets open calls go on for a moment, then ends them. */
  async stop(): Promise<void> {
    const closed = this.#listeners.map(
      (listener) => new Promise<void>((resolve) => listener.close(() => resolve())),
    );
    this.#injector.drain(stopDrainMs);
    const end = setTimeout(() => this.#guarded.endAll(stopping(this.#kind.name)), stopGraceMs);
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, stopCutMs);
    await Promise.all(closed);
    clearTimeout(end);
    clearTimeout(cut);
    this.#server.forceShutdown();
  }

  /** `local`: on a named pipe or Unix socket. */
  #accept(socket: Socket, local: boolean): void {
    socket.on("error", (error) => this.#log.debug("connection failed", { error: error.message }));
    const refusal = this.#acceptLimits.admit(socket);
    if (refusal !== null) {
      this.#tooMany.say({ reason: refusal, peer: socket.remoteAddress });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    if (local) this.#connections.addLocal(socket);
    if (this.#tls === null || local) this.#inject(socket, []);
    else this.#tls.accept(socket);
  }

  #inject(socket: Socket, certificateNames: readonly string[]): void {
    closeIfSilent(socket, this.#silentMsMax);
    this.#connections.add(socket, certificateNames);
    this.#injector.injectConnection(socket);
  }

  /** For connections from now on. Throws when the certificate cannot be used; the one before stays then. */
  replaceCertificate(identity: TlsIdentity): void {
    this.#tls?.replace(identity);
    this.#identity = identity;
  }
}
