// Google's portserver, spoken by the broker: a client sends the id of a process, and is answered a port that is the process's until
// it ends. One request a connection. Reads, asks the core, answers; what a lease is, is the core's business.
// The protocol: https://github.com/google/python_portpicker/blob/main/src/portserver.py

import type { Socket } from "node:net";
import type { LocalPeer, LocalPeers, ProcessIdentity } from "@portlease/native";
import { portserverPool } from "../config/portserver-address.js";
import type { AcquireRequest } from "../domain/acquire-request.js";
import type { Broker } from "../domain/broker.js";
import { BrokerError } from "../domain/errors.js";
import type { ActiveLease } from "../domain/lease-table.js";
import type { Protocol } from "../domain/records.js";
import type { Log } from "../log.js";
import { SeldomWarning } from "../seldom-warning.js";
import { type KeptLeases, portserverLabel } from "./kept-leases.js";
import type { NamedProcesses } from "./named-process.js";
import { parseRequest, readRequest } from "./request.js";

/** The service of all leases that are taken in this way. */
export const portserverService = "portserver";
/** Clients wait for their answer without limit and then pick a port that nobody keeps for them: better late than that. */
const maxWaitMs = 10_000;
/** Each may wait for a port. More at once are hung up on. */
export const connectionsMax = 2_048;

export interface PortserverParts {
  readonly broker: Pick<Broker, "acquire" | "release">;
  readonly protocol: Protocol;
  readonly kept: Pick<KeptLeases, "add">;
  readonly processes: Pick<NamedProcesses, "find">;
  readonly peers: Pick<LocalPeers, "peerOf"> | null;
  /** As it is configured. */
  readonly address: string;
  /** What is sent when there is no port. */
  readonly noPort: string;
  readonly log: Log;
}

export class Portserver {
  readonly #parts: PortserverParts;
  readonly #refusals: SeldomWarning;
  readonly #sockets = new Set<Socket>();

  constructor(parts: PortserverParts) {
    this.#parts = parts;
    this.#refusals = new SeldomWarning("the portserver gives no port", parts.log);
  }

  /** Serves a connection, whose other end may be closed while this one is not. */
  accept(socket: Socket): void {
    // A client that goes away is none to be answered; "close" follows.
    socket.on("error", () => undefined);
    if (this.#sockets.size >= connectionsMax) {
      this.#refusals.say({ reason: `${connectionsMax} clients are waiting` });
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    void this.#serve(socket)
      .catch((error: unknown) => this.#parts.log.error("the portserver failed", { error }))
      .finally(() => socket.destroy());
  }

  /** Hangs up on everybody. */
  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(socket: Socket): Promise<void> {
    // At once: what the system knows of who is there goes with the connection.
    const peer = this.#parts.peers?.peerOf(socket) ?? null;
    const text = await readRequest(socket);
    if (text === null || socket.destroyed) return;
    const answer = await this.#answerTo(text, peer, socket);
    if ("reason" in answer) {
      this.#refusals.say({ reason: answer.reason });
      await send(socket, this.#parts.noPort);
      return;
    }
    const { record, holderKey } = answer;
    if (await send(socket, `${record.ports.firstPort}\n`)) return;
    // Nobody heard of it.
    await this.#parts.broker.release(record.leaseId, holderKey, true).catch(() => undefined);
  }

  async #answerTo(text: string, peer: LocalPeer | null, socket: Socket): Promise<Answer> {
    const { broker, kept, processes } = this.#parts;
    const processId = parseRequest(text);
    if (processId === null) return { reason: "what was asked for is no process id" };
    const found = processes.find(processId, peer);
    if (found.state === "refused") return found;
    const gone = new AbortController();
    const abort = (): void => gone.abort();
    socket.once("close", abort);
    try {
      const { lease } = await broker.acquire(this.#requestFor(found.process), gone.signal);
      kept.add(lease);
      return lease;
    } catch (error) {
      if (error instanceof BrokerError) return { reason: error.message };
      throw error;
    } finally {
      socket.off("close", abort);
    }
  }

  #requestFor({ processId, startTime, processName }: ProcessIdentity): AcquireRequest {
    const { protocol, address } = this.#parts;
    const labels = { [portserverLabel]: address, process: processName };
    return {
      pool: portserverPool,
      protocol,
      portCount: 1,
      preferredPort: 0,
      portMustMatch: false,
      ttlMs: null,
      holder: {
        service: portserverService,
        instance: "",
        labels,
        process: { processId, startTime, proven: true },
      },
      request: null,
      validateOnly: false,
      bindWithinMs: null,
      maxWaitMs,
    };
  }
}

type Answer = ActiveLease | { readonly reason: string };

/** Sends the answer and ends; false when the other end did not take it. */
function send(socket: Socket, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve(false);
      return;
    }
    socket.once("close", () => resolve(false)).once("finish", () => resolve(true));
    socket.end(text);
  });
}
