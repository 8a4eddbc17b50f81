// Does the TLS of connections before grpc-js sees them: so certificates can be replaced while the broker runs, handshakes have a
// limit, and the client's certificate is known before its first call. grpc-js gets the TLS socket as a connection like any other.

import type { Socket } from "node:net";
import { Server, type TLSSocket } from "node:tls";
import { clientCertificateOptions, clientNames, contextOptions } from "../access/tls-context.js";
import type { TlsIdentity } from "../access/tls-material.js";
import type { Log } from "../log.js";
import { tlsHandshakeWithinMs } from "./limits.js";

/** The ALPN name of HTTP/2 over TLS: RFC 9113, section 3.1. */
const http2 = "h2";

export class TlsAcceptor {
  readonly #server: Server;
  readonly #log: Log;

  /** `accepted` gets sockets that speak h2, with the names of the client's certificate when there is one that was verified. */
  constructor(
    identity: TlsIdentity,
    accepted: (socket: TLSSocket, names: readonly string[]) => void,
    log: Log,
    handshakeTimeout = tlsHandshakeWithinMs,
  ) {
    this.#log = log;
    this.#server = new Server({
      ...contextOptions(identity),
      ALPNProtocols: [http2],
      ...clientCertificateOptions(identity),
      handshakeTimeout,
    });
    this.#server.on("secureConnection", (socket) => {
      socket.on("error", (error) => log.debug("connection failed", { error: error.message }));
      // Clients that name no protocol would speak another one.
      if (socket.alpnProtocol === http2) accepted(socket, clientNames(socket));
      else socket.destroy();
    });
    this.#server.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  accept(socket: Socket): void {
    this.#server.emit("connection", socket);
  }

  /** For connections from now on. Throws when key and certificate do not fit; the old ones stay then. */
  replace(identity: TlsIdentity): void {
    this.#server.setSecureContext(contextOptions(identity));
  }

  #failed(error: Error, socket: TLSSocket): void {
    this.#log.debug("a TLS handshake failed", { error: error.message });
    socket.destroy();
  }
}
