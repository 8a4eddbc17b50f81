// One WatchBroker stream, as a client would use it: messages in order, what they add up to, and how the stream ended.

import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import {
  type BrokerEvent,
  type GetBrokerResponse,
  type PortRun,
  WatchBrokerRequest,
  type WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { DeepPartial } from "@portlease/proto/portlease/v1/lease_service.js";
import type { Block, Pool } from "@portlease/proto/portlease/v1/pool.js";
import type { LeaseCaller } from "./lease-caller.js";
import { type RpcFailure, toRpcFailure } from "./rpc-failure.js";

/** What a client knows after some messages. */
export class LiveModel {
  revision = 0;
  broker: GetBrokerResponse | undefined;
  readonly pools = new Map<string, Pool>();
  readonly blocks = new Map<string, Block>();
  /** By "block/port". */
  readonly ports = new Map<string, number>();
  readonly events: BrokerEvent[] = [];
  skippedEvents = 0;

  apply(message: WatchBrokerResponse): void {
    this.revision = Number(message.revision);
    this.broker = message.broker ?? this.broker;
    for (const pool of message.pools) this.pools.set(pool.pool, pool);
    for (const name of message.removedPools) this.pools.delete(name);
    for (const id of message.removedBlockIds) {
      this.blocks.delete(id);
      for (const key of this.ports.keys()) if (key.startsWith(`${id}/`)) this.ports.delete(key);
    }
    for (const block of message.blocks) this.blocks.set(block.blockId, block);
    applyRuns(this.ports, message.ports);
    this.events.push(...message.events);
    this.skippedEvents += message.skippedEvents;
  }
}

/** The state of each port, by "block/port". */
export function portsOf(runs: readonly PortRun[]): Map<string, number> {
  const ports = new Map<string, number>();
  applyRuns(ports, runs);
  return ports;
}

function applyRuns(ports: Map<string, number>, runs: readonly PortRun[]): void {
  for (const { blockId, firstPort, portCount, state } of runs) {
    for (let port = firstPort; port < firstPort + portCount; port += 1) {
      ports.set(`${blockId}/${port}`, state);
    }
  }
}

export class LiveCaller {
  readonly model = new LiveModel();
  readonly #stream: ClientReadableStream<WatchBrokerResponse>;
  readonly #unread: WatchBrokerResponse[] = [];
  #listener: (() => void) | null = null;
  /** How many have come. */
  messages = 0;
  /** Resolves when the stream has ended: `null` for a good end. */
  readonly ended: Promise<RpcFailure | null>;

  constructor(caller: LeaseCaller, request: DeepPartial<WatchBrokerRequest> = {}) {
    this.#stream = caller.adminClient.watchBroker(WatchBrokerRequest.fromPartial(request));
    this.#stream.on("data", (message: WatchBrokerResponse) => {
      this.messages += 1;
      this.model.apply(message);
      this.#unread.push(message);
      this.#listener?.();
    });
    this.ended = new Promise((resolve) => {
      this.#stream.on("error", (error: ServiceError) => resolve(toRpcFailure(error)));
      this.#stream.on("end", () => resolve(null));
    });
  }

  /** Rejects with RpcFailure when the stream ends before. */
  async next(): Promise<WatchBrokerResponse> {
    for (;;) {
      const first = this.#unread.shift();
      if (first !== undefined) return first;
      const said = new Promise<void>((resolve) => {
        this.#listener = resolve;
      });
      await Promise.race([said, this.#failsAtEnd()]);
    }
  }

  /** How many messages came that `next` has not told yet. */
  get unreadCount(): number {
    return this.#unread.length;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  async #failsAtEnd(): Promise<never> {
    const failure = await this.ended;
    throw failure ?? new Error("the watch ended");
  }
}
