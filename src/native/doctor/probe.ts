// What one process of the doctor can do with sockets, so that a fact can ask the same of this process and of another one.
// Arguments and answers are plain JSON: they go over a pipe. Failures of the operating system are answers, not errors.

import type { TransportProtocol } from "../host-ports.js";

/** An operating system's refusal. */
export interface Refused {
  readonly ok: false;
  /** The call, or the ioctl. */
  readonly api: string;
  readonly errorNumber: number;
  readonly errorName: string;
}

export interface Opened {
  readonly ok: true;
  /** For the other calls, in the same process. */
  readonly socketId: number;
  readonly port: number;
}

export interface ProbeBind {
  /** Default "tcp". */
  readonly protocol?: TransportProtocol;
  /** "::" accepts IPv4 too unless `ipv6Only`. */
  readonly address: string;
  /** Windows: 0 lets the operating system pick. */
  readonly port: number;
  readonly ipv6Only?: boolean;
  /** Windows: the reservation to associate with before the bind, in decimal. */
  readonly token?: string;
  /** Windows: SO_EXCLUSIVEADDRUSE. */
  readonly exclusive?: boolean;
  /** POSIX: SO_REUSEPORT. */
  readonly reusePort?: boolean;
  /** POSIX: SO_REUSEADDR. */
  readonly reuseAddress?: boolean;
}

export interface Acquired extends Opened {
  readonly portCount: number;
  /** In decimal. */
  readonly token: string;
}

export interface Probe {
  readonly processId: number;
  bind(request: ProbeBind): Promise<Opened | Refused>;
  /** How many of `count` ordinary listeners on port 0 of 127.0.0.1 got one of the ports; all are closed again. */
  countAutomaticPorts(count: number, ports: readonly number[]): Promise<number>;
  close(socketId: number): Promise<void>;
  /** Closes everything that this probe has open, servers and connections included. */
  closeAll(): Promise<void>;
  /** SO_REUSEADDR on a bound socket, as POSIX lessees set it just before they listen. */
  setReuseAddress(socketId: number): Promise<void>;
  /** Gives the socket to Node, which serves HTTP on it, or echoes datagrams; the answer is `replyOf`. */
  serve(socketId: number): Promise<{ readonly ok: true } | Refused>;
  /** An ordinary Node server, as any program would start it. */
  nodeListen(address: string, port: number): Promise<Opened | Refused>;
  /** The server of `nodeListen` stops listening; what it has accepted stays open until `close`. */
  stopAccepting(socketId: number): Promise<void>;
  /** A connection that stays open. */
  connect(address: string, port: number): Promise<Opened | Refused>;
  /** Windows: SIO_ACQUIRE_PORT_RESERVATION on a socket of its own; firstPort 0 lets the kernel pick. */
  acquire(
    protocol: TransportProtocol,
    firstPort: number,
    portCount: number,
  ): Promise<Acquired | Refused>;
  /** Windows: SIO_RELEASE_PORT_RESERVATION on the socket that acquired it. */
  release(socketId: number, token: string): Promise<{ readonly ok: true } | Refused>;
  /** Windows: WSADuplicateSocketW; the protocol info in hexadecimal. */
  duplicate(
    socketId: number,
    processId: number,
  ): Promise<{ readonly ok: true; readonly protocolInfo: string } | Refused>;
  /** Windows: opens a duplicated socket. */
  openTransferred(protocol: TransportProtocol, protocolInfo: string): Promise<Opened | Refused>;
}

/** What a served socket answers: it names the process that serves. */
export function replyOf(processId: number): string {
  return `served by ${processId}`;
}

/** "ok", or "bind: WSAEACCES 10013". */
export function outcomeText(outcome: { readonly ok: true } | Refused): string {
  if (outcome.ok) return "ok";
  return `${outcome.api}: ${outcome.errorName} ${outcome.errorNumber}`;
}

export function isRefusedWith(
  outcome: { readonly ok: true } | Refused,
  ...errorNumbers: readonly number[]
): boolean {
  return !outcome.ok && errorNumbers.includes(outcome.errorNumber);
}
