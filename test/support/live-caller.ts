// One WatchBroker stream, as a client would use it: messages in order, what they add up to, and how the stream ended.

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
import { MessageStream } from "./message-stream.js";

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

export class LiveCaller extends MessageStream<WatchBrokerResponse> {
  readonly model: LiveModel;
  /** How many have come. */
  messages = 0;

  constructor(caller: LeaseCaller, request: DeepPartial<WatchBrokerRequest> = {}) {
    const model = new LiveModel();
    super(caller.adminClient.watchBroker(WatchBrokerRequest.fromPartial(request)), (message) => {
      this.messages += 1;
      model.apply(message);
      return message;
    });
    this.model = model;
  }
}
