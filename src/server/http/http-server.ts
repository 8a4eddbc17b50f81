// The HTTP listener: connections, their limits and their TLS. What is answered is site.ts.

import {
  createServer,
  type IncomingMessage,
  type Server as HttpNodeServer,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, type Server as HttpsNodeServer } from "node:https";
import type { Server as NetServer, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { clientCertificateOptions, clientNames, contextOptions } from "../access/tls-context.js";
import type { TlsIdentity } from "../access/tls-material.js";
import type { ListenAddress } from "../config/listen-address.js";
import { addressText, listenAt } from "../endpoint/listener.js";
import type { AcceptLimits } from "../grpc/accept-limits.js";
import { tlsHandshakeWithinMs } from "../grpc/limits.js";
import type { PeerConnections } from "../grpc/peer-connections.js";
import type { Log } from "../log.js";
import { SeldomWarning } from "../seldom-warning.js";
import { answerText } from "./answer.js";
import {
  answerTakenWithinMs,
  headerBytesMax,
  headersWithinMs,
  idleConnectionMs,
  lateRequestsEveryMs,
  requestsMax,
  requestWithinMs,
} from "./limits.js";
import type { Site } from "./site.js";

/** Calls still open this long after the stop began are ended with a word; streams were ended at once. */
const stopGraceMs = 2_000;
/** And this much later every connection is cut, whoever has not taken that word by then. */
const lastAnswersWithinMs = 500;

export interface HttpServerParts {
  readonly site: Pick<Site, "serve" | "stop" | "endCalls">;
  /** Learns of every connection on which a request came. */
  readonly connections: Pick<PeerConnections, "addNamed">;
  /** Of all listeners together. */
  readonly acceptLimits: AcceptLimits;
  /** `null`: clear text. */
  readonly tls: TlsIdentity | null;
  readonly log: Log;
  /** For tests; default: as limits.ts has them. */
  readonly timeouts?: Partial<Timeouts>;
}

export interface Timeouts {
  readonly headersWithinMs: number;
  readonly requestWithinMs: number;
  readonly lateRequestsEveryMs: number;
  readonly answerTakenWithinMs: number;
  readonly stopGraceMs: number;
}

export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #server: HttpNodeServer | HttpsNodeServer;
  readonly #sockets = new Set<Socket>();
  readonly #peers = new WeakMap<Socket, string>();
  readonly #open = new Set<ServerResponse>();
  readonly #tooMany: SeldomWarning;
  #stopping = false;

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    const { tls, log } = parts;
    this.#tooMany = new SeldomWarning("connections were refused: too many are open", log);
    const options = serverOptions(parts.timeouts ?? {});
    const serve = (request: IncomingMessage, response: ServerResponse): void =>
      this.#serve(request, response);
    this.#server =
      tls === null
        ? createServer(options, serve)
        : createSecureServer(
            {
              ...options,
              ...contextOptions(tls),
              ...clientCertificateOptions(tls),
              ALPNProtocols: ["http/1.1"],
              handshakeTimeout: tlsHandshakeWithinMs,
            },
            serve,
          );
    // Before Node's own listener, which begins to read.
    this.#server.prependListener("connection", (socket: Socket) => this.#accept(socket));
    this.#server.on("tlsClientError", (error: Error) =>
      log.debug("a TLS handshake failed", { error: error.message }),
    );
  }

  /** Resolves with the host:port for clients on this host. Rejects with StartError when the address cannot be had. */
  listen(address: ListenAddress): Promise<string> {
    return this.listenWith((listener) => listenAt(listener, address, "--http-listen"));
  }

  /** The same where `open` makes the listener listen; rejects with what that rejects with, and may be called again then. */
  async listenWith(open: (listener: NetServer) => Promise<void>): Promise<string> {
    await open(this.#server);
    // A failed accept must not end the process.
    this.#server.on("error", (error) => this.#parts.log.error("the listener failed", { error }));
    return addressText(this.#server);
  }

  /** Accepts nothing new, tells streams, lets calls go on for a moment, then ends them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#parts.site.stop();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const response of this.#open) {
      if (!response.headersSent) response.setHeader("connection", "close");
    }
    this.#server.closeIdleConnections();
    const graceMs = this.#parts.timeouts?.stopGraceMs ?? stopGraceMs;
    const end = setTimeout(() => this.#parts.site.endCalls(), graceMs);
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs + lastAnswersWithinMs);
    await closed;
    clearTimeout(end);
    clearTimeout(cut);
  }

  /** For connections from now on. Throws when the certificate cannot be used; the one before stays then. */
  replaceCertificate(identity: TlsIdentity): void {
    if ("setSecureContext" in this.#server) this.#server.setSecureContext(contextOptions(identity));
  }

  #accept(socket: Socket): void {
    socket.on("error", (error) =>
      this.#parts.log.debug("connection failed", { error: error.message }),
    );
    const refusal = this.#parts.acceptLimits.admit(socket);
    if (refusal !== null) {
      this.#tooMany.say({ reason: refusal, peer: socket.remoteAddress });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // What breaks on the way to a caller ends its answer, not the process.
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    if (this.#stopping) response.setHeader("connection", "close");
    if (this.#open.size >= requestsMax) {
      const text = `${requestsMax} requests are under way, which is the most at once; try again in a second`;
      answerText(response, 503, text, { "retry-after": "1" });
      return;
    }
    this.#open.add(response);
    const takenWithinMs = this.#parts.timeouts?.answerTakenWithinMs ?? answerTakenWithinMs;
    // All is said. Node counts from the last bytes that the caller took, and starts anew for the next request.
    response.once("prefinish", () => response.setTimeout(takenWithinMs, () => response.destroy()));
    response.once("close", () => {
      this.#open.delete(response);
      // Its connection has become an idle one that nobody else closes.
      if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections());
    });
    void this.#parts.site.serve(request, response, this.#peerOf(request.socket));
  }

  #peerOf(socket: Socket): string {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const names = socket instanceof TLSSocket ? clientNames(socket) : [];
    const peer = this.#parts.connections.addNamed(socket, names);
    this.#peers.set(socket, peer);
    return peer;
  }
}

function serverOptions(timeouts: Partial<Timeouts>): ServerOptions {
  return {
    noDelay: true,
    maxHeaderSize: headerBytesMax,
    headersTimeout: timeouts.headersWithinMs ?? headersWithinMs,
    requestTimeout: timeouts.requestWithinMs ?? requestWithinMs,
    connectionsCheckingInterval: timeouts.lateRequestsEveryMs ?? lateRequestsEveryMs,
    keepAliveTimeout: idleConnectionMs,
  };
}
