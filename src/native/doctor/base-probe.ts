// The half of a probe that is the same on every platform: what is open, by number, and what Node does with it.

import type { BoundSocket, TransportProtocol } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { type CloseNode, connectTo, listenPlainly, serveAdopted } from "./node-sockets.js";
import {
  type Acquired,
  type Opened,
  type Probe,
  type ProbeBind,
  type Refused,
  replyOf,
} from "./probe.js";

/** A socket that was opened by native calls. */
export interface RawSocket {
  readonly descriptor: number;
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** Idempotent. */
  close(): void;
}

export abstract class BaseProbe implements Probe {
  readonly processId = process.pid;
  readonly #raw = new Map<number, RawSocket>();
  readonly #node = new Map<number, CloseNode>();
  readonly #stops = new Map<number, () => void>();
  #lastId = 0;

  protected abstract openBound(request: ProbeBind): RawSocket | Refused;

  bind(request: ProbeBind): Promise<Opened | Refused> {
    const socket = this.openBound(request);
    return Promise.resolve("ok" in socket ? socket : this.keep(socket));
  }

  async close(socketId: number): Promise<void> {
    this.#raw.get(socketId)?.close();
    this.#raw.delete(socketId);
    const closeNode = this.#node.get(socketId);
    this.#node.delete(socketId);
    this.#stops.delete(socketId);
    await closeNode?.();
  }

  async closeAll(): Promise<void> {
    const socketIds = [...this.#raw.keys(), ...this.#node.keys()];
    for (const socketId of socketIds) await this.close(socketId);
  }

  async serve(socketId: number): Promise<{ readonly ok: true } | Refused> {
    const socket = this.rawOf(socketId);
    const { descriptor, protocol, port } = socket;
    const bound: BoundSocket = {
      descriptor,
      port,
      prepareListen: () => undefined,
      listen: () => undefined,
      detach: () => this.#raw.delete(socketId),
      close: () => socket.close(),
    };
    try {
      this.#node.set(socketId, await serveAdopted(bound, protocol, replyOf(this.processId)));
      return { ok: true };
    } catch (error) {
      return refusedBy(error);
    }
  }

  async nodeListen(address: string, port: number): Promise<Opened | Refused> {
    const server = await listenPlainly(address, port);
    if ("ok" in server) return server;
    const opened = this.#keepNode(server.port, server.close);
    this.#stops.set(opened.socketId, server.stop);
    return opened;
  }

  stopAccepting(socketId: number): Promise<void> {
    this.#stops.get(socketId)?.();
    return Promise.resolve();
  }

  async connect(address: string, port: number): Promise<Opened | Refused> {
    const connection = await connectTo(address, port);
    if ("ok" in connection) return connection;
    return this.#keepNode(connection.localPort, connection.close);
  }

  async countAutomaticPorts(count: number, ports: readonly number[]): Promise<number> {
    const watched = new Set(ports);
    let hits = 0;
    for (let round = 0; round < count; round += 1) {
      const server = await listenPlainly("127.0.0.1", 0);
      if ("ok" in server) throw new Error(`${server.api} on port 0: ${server.errorName}`);
      if (watched.has(server.port)) hits += 1;
      await server.close();
    }
    return hits;
  }

  setReuseAddress(_socketId: number): Promise<void> {
    return Promise.reject(notHere("SO_REUSEADDR after the bind"));
  }

  acquire(
    _protocol: TransportProtocol,
    _first: number,
    _count: number,
  ): Promise<Acquired | Refused> {
    return Promise.reject(notHere("SIO_ACQUIRE_PORT_RESERVATION"));
  }

  release(_socketId: number, _token: string): Promise<{ readonly ok: true } | Refused> {
    return Promise.reject(notHere("SIO_RELEASE_PORT_RESERVATION"));
  }

  duplicate(
    _socketId: number,
    _processId: number,
  ): Promise<{ readonly ok: true; readonly protocolInfo: string } | Refused> {
    return Promise.reject(notHere("WSADuplicateSocketW"));
  }

  openTransferred(_protocol: TransportProtocol, _info: string): Promise<Opened | Refused> {
    return Promise.reject(notHere("WSADuplicateSocketW"));
  }

  protected keep(socket: RawSocket): Opened {
    const socketId = this.#nextId();
    this.#raw.set(socketId, socket);
    return { ok: true, socketId, port: socket.port };
  }

  protected rawOf(socketId: number): RawSocket {
    const socket = this.#raw.get(socketId);
    if (socket === undefined) throw new Error(`socket ${socketId} is not open`);
    return socket;
  }

  #keepNode(port: number, close: CloseNode): Opened {
    const socketId = this.#nextId();
    this.#node.set(socketId, close);
    return { ok: true, socketId, port };
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

/** As an answer; errors that are none of the operating system's are thrown on. */
export function refusedBy(error: unknown): Refused {
  if (!(error instanceof NativeError)) throw error;
  const { api, errorNumber, errorName } = error.fields;
  return {
    ok: false,
    api: api ?? error.message,
    errorNumber: errorNumber ?? 0,
    errorName: errorName ?? error.code,
  };
}

function notHere(what: string): NativeError {
  return new NativeError("UNSUPPORTED", `This platform has no ${what}.`);
}
