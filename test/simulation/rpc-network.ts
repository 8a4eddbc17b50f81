// The simulated network: calls of LeaseService from clients' processes to whoever listens, as bytes over wires that may be late
// or break. Real are the messages' codecs, and what client and broker make of them.

import { EventEmitter } from "node:events";
import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import {
  LeaseServiceService,
  type LeaseServiceClient,
  type SessionRequest,
  type SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { ServedLeaseService } from "#server/grpc/lease-service.js";
import type { Dice } from "./dice.js";
import { SimServerStream, SimUnaryCall } from "./server-calls.js";
import type { SimProcess } from "./sim-process.js";
import type { VirtualTime } from "./virtual-time.js";
import { Wire, type NetworkFaults } from "./wire.js";

export interface Listener {
  readonly process: SimProcess;
  readonly handlers: ServedLeaseService;
}

export const unaryMethods = [
  "acquireLease",
  "renewLease",
  "releaseLease",
  "transferSocket",
  "confirmTransfer",
] as const;
export type UnaryMethod = (typeof unaryMethods)[number];

/** What passes by at the broker's end. */
export interface CallWatcher {
  received(method: UnaryMethod, request: unknown): void;
  /** The broker answered without an error, and the caller was still there as far as it knew. */
  answered(method: UnaryMethod, request: unknown, response: unknown): void;
  /** The broker knows that this caller went away before it was answered. */
  callerGone(method: UnaryMethod, request: unknown): void;
  /** A session asks something, or is answered. */
  asked(request: SessionRequest): void;
  said(response: SessionResponse): void;
}

/** So late a grant may come that is the last for some time, and for so long. */
const lateGrantMsMax = 1_500;
const lonelyMs = 8_000;

interface Codec {
  readonly requestSerialize: (value: unknown) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (value: unknown) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => unknown;
}

type UnaryHandler = (
  call: unknown,
  callback: (error: Partial<ServiceError> | null, response?: unknown) => void,
) => void;
type UnaryCallback = (error: ServiceError | null, response?: unknown) => void;

export class RpcNetwork {
  readonly faults: NetworkFaults = { delayChance: 0, resetChance: 0, lonelyGrantChance: 0 };
  listener: Listener | null = null;
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #watcher: CallWatcher;
  readonly #wires = new Set<Wire>();
  readonly #cutUntilMs = new Map<SimProcess, number>();

  constructor(time: VirtualTime, dice: Dice, watcher: CallWatcher) {
    this.#time = time;
    this.#dice = dice;
    this.#watcher = watcher;
  }

  /** A client's way to the broker. `peer` is what the broker calls its connection. */
  clientFor(process: SimProcess, peer: string): LeaseServiceClient {
    const client: Record<string, unknown> = { session: () => this.#session(process, peer) };
    for (const method of unaryMethods) {
      client[method] = (request: unknown, _metadata: Metadata, callback: UnaryCallback) =>
        this.#unary(process, peer, method, request, callback);
    }
    return client as unknown as LeaseServiceClient;
  }

  /** Nothing gets through to or from the client until then. */
  cut(client: SimProcess, untilMs: number): void {
    this.#cutUntilMs.set(client, untilMs);
  }

  healAll(): void {
    this.#cutUntilMs.clear();
    this.faults.delayChance = 0;
    this.faults.resetChance = 0;
    this.faults.lonelyGrantChance = 0;
  }

  /** How many calls and sessions the broker of this process has open. */
  openAt(broker: SimProcess): number {
    return [...this.#wires].filter((wire) => wire.broker === broker && wire.isOpen("broker"))
      .length;
  }

  /** A client's process is gone. */
  clientGone(process: SimProcess): void {
    for (const wire of this.#wires) if (wire.client === process) this.#gone(wire, "client");
  }

  /** A broker's process is gone. */
  brokerGone(process: SimProcess): void {
    if (this.listener?.process === process) this.listener = null;
    for (const wire of this.#wires) if (wire.broker === process) this.#gone(wire, "broker");
  }

  /** The broker of this process cuts what is still open, as at the end of its stop. */
  cutOff(broker: SimProcess): void {
    for (const wire of this.#wires) if (wire.broker === broker) wire.break();
  }

  /** One connection breaks; a no-op when there is none. */
  breakOne(dice: Dice): void {
    const wires = [...this.#wires];
    wires[dice.integer(wires.length)]?.break();
  }

  #gone(wire: Wire, side: "client" | "broker"): void {
    wire.gone(side);
    this.#wires.delete(wire);
  }

  #newWire(client: SimProcess): Wire {
    const cutUntilMs = (): number => this.#cutUntilMs.get(client) ?? 0;
    const wire = new Wire(this.#time, this.#dice, { client, cutUntilMs, faults: this.faults });
    this.#wires.add(wire);
    return wire;
  }

  /** Calls `serve` in the broker's process, or `refused` in the client's when nobody listens. */
  #connect(wire: Wire, serve: (listener: Listener) => void, refused: () => void): void {
    wire.send("broker", () => {
      const { listener } = this;
      if (listener === null || listener.process.dead) {
        wire.send("client", refused);
        return;
      }
      wire.accept(listener.process);
      listener.process.run(() => {
        if (wire.isOpen("broker")) serve(listener);
      });
    });
  }

  #unary(
    process: SimProcess,
    peer: string,
    method: UnaryMethod,
    message: unknown,
    callback: UnaryCallback,
  ): { cancel(): void } {
    const codec = LeaseServiceService[method] as unknown as Codec;
    const bytes = codec.requestSerialize(message);
    const wire = this.#newWire(process);
    let done = false;
    const finish: UnaryCallback = (error, response) => {
      if (done) return;
      done = true;
      wire.close("client");
      this.#wires.delete(wire);
      callback(error, response);
    };
    wire.onBroken("client", () => finish(failure(status.UNAVAILABLE, "the connection broke")));
    const serve = ({ handlers }: Listener): void => {
      const request = codec.requestDeserialize(bytes);
      const call = new SimUnaryCall(peer, request);
      wire.onBroken("broker", () => {
        this.#watcher.callerGone(method, request);
        call.cancel();
      });
      this.#watcher.received(method, request);
      (handlers[method] as unknown as UnaryHandler)(call, (error, response) => {
        if (!wire.isOpen("broker")) return;
        if (error === null) {
          this.#watcher.answered(method, request, response);
          const answer = codec.responseSerialize(response);
          const lonely =
            method === "acquireLease" && this.#dice.chance(this.faults.lonelyGrantChance);
          const lateMs = lonely ? this.#dice.between(0, lateGrantMsMax) : 0;
          wire.send("client", () => finish(null, codec.responseDeserialize(answer)), lateMs);
          if (lonely) this.cut(process, this.#time.nowMs + lonelyMs);
        } else {
          wire.send("client", () => finish(failureOf(error)));
        }
        wire.close("broker");
        // As grpc-js does after every call.
        call.cancel();
      });
    };
    this.#connect(wire, serve, () => finish(failure(status.UNAVAILABLE, "ECONNREFUSED")));
    return {
      cancel: () => {
        if (done) return;
        wire.gone("client");
        process.after(0, () => finish(failure(status.CANCELLED, "cancelled on client")));
      },
    };
  }

  #session(process: SimProcess, peer: string): EventEmitter {
    const wire = this.#newWire(process);
    const codec = LeaseServiceService.session as unknown as Codec;
    let stream: SimServerStream | null = null;
    const client = new SimClientStream({
      write: (request) => {
        const bytes = codec.requestSerialize(request);
        wire.send("broker", () => {
          const received = codec.requestDeserialize(bytes) as SessionRequest;
          this.#watcher.asked(received);
          stream?.receive(received);
        });
      },
      end: () => wire.send("broker", () => stream?.halfClose()),
      cancel: () => {
        this.#gone(wire, "client");
        process.after(0, () => client.fail(failure(status.CANCELLED, "cancelled on client")));
      },
    });
    const over = (error: ServiceError | null): void => {
      wire.close("client");
      this.#wires.delete(wire);
      client.fail(error);
    };
    wire.onBroken("client", () => over(failure(status.UNAVAILABLE, "the connection broke")));
    const serve = ({ handlers }: Listener): void => {
      const served = new SimServerStream(peer, {
        wrote: (response) => {
          if (!wire.isOpen("broker")) return;
          this.#watcher.said(response);
          const bytes = codec.responseSerialize(response);
          wire.send("client", () => client.emit("data", codec.responseDeserialize(bytes)));
        },
        ended: (error) => {
          if (!wire.isOpen("broker")) return;
          wire.send("client", () => over(error === null ? null : failureOf(error)));
          wire.close("broker");
        },
      });
      stream = served;
      wire.onBroken("broker", () => served.cancel());
      handlers.session(served.asCall());
    };
    this.#connect(wire, serve, () => over(failure(status.UNAVAILABLE, "ECONNREFUSED")));
    return client;
  }
}

interface ClientStreamEvents {
  write(request: unknown): void;
  end(): void;
  cancel(): void;
}

class SimClientStream extends EventEmitter {
  readonly #events: ClientStreamEvents;
  #over = false;

  constructor(events: ClientStreamEvents) {
    super();
    this.#events = events;
  }

  write(request: unknown): void {
    this.#events.write(request);
  }

  end(): void {
    this.#events.end();
  }

  cancel(): void {
    if (!this.#over) this.#events.cancel();
  }

  /** `null`: the broker ended it in order. */
  fail(error: ServiceError | null): void {
    if (this.#over) return;
    this.#over = true;
    if (error === null) this.emit("end");
    else this.emit("error", error);
  }
}

function failure(code: status, details: string): ServiceError {
  const metadata = new Metadata();
  return Object.assign(new Error(details), { code, details, metadata });
}

/** What a handler said, as it comes out at the client. */
function failureOf(error: unknown): ServiceError {
  const { code, details, metadata } = error as ServiceError;
  return Object.assign(new Error(details), { code, details, metadata });
}
