// The broker of the simulated host, put together as main.ts does it, on simulated time, disk, host and network. Its supervisor starts
// it again whenever it is gone. When it is killed nothing of it runs any more: what it waited for never comes.

import type { ConnectionEnds } from "@portlease/native";
import type { BlockManager } from "#server/blocks/block-manager.js";
import type { BrokerConfig } from "#server/config/config.js";
import type { Broker } from "#server/domain/broker.js";
import type { BrokerEvent } from "#server/domain/events.js";
import { leaseService } from "#server/grpc/lease-service.js";
import type { ClaimProcess } from "#server/grpc/parse.js";
import { SessionRegistry } from "#server/grpc/session-registry.js";
import { WatchRegistry } from "#server/grpc/watch-registry.js";
import { openCore } from "#server/open-core.js";
import { OpenedThings } from "#server/opened-things.js";
import { PeerProcesses } from "#server/peer-processes.js";
import { Transfers } from "#server/transfers.js";
import { silentLog } from "../support/silent-log.js";
import type { Dice } from "./dice.js";
import type { Findings } from "./findings.js";
import type { RpcNetwork } from "./rpc-network.js";
import type { SimDisk } from "./sim-disk.js";
import type { SimHost } from "./sim-host.js";
import { randomRate, type SimProcess } from "./sim-process.js";
import type { Trace } from "./trace.js";

/** As in housekeeping.ts. */
const idleMs = 250;
/** How long calls under way may take at a stop, as in grpc/server.ts. */
const stopGraceMs = 500;

export interface BrokerParts {
  readonly config: BrokerConfig;
  readonly host: SimHost;
  readonly disk: SimDisk;
  readonly network: RpcNetwork;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly findings: Findings;
  readonly connectionOf: (peer: string) => ConnectionEnds | null;
  readonly published: (event: BrokerEvent) => void;
}

export class SimBroker {
  readonly #parts: BrokerParts;
  /** One crystal for all of its lives. */
  readonly rate: number;
  #process: SimProcess | null = null;
  #serving: Broker | null = null;
  #stop: (() => Promise<void>) | null = null;
  #starts = 0;
  #stalledBeforeMs = 0;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.rate = randomRate(parts.dice);
  }

  /** The process of its present life; `null` while there is none. */
  get process(): SimProcess | null {
    return this.#process;
  }

  /** The core while it serves; `null` while it starts, stops or is gone. */
  get serving(): Broker | null {
    return this.#serving;
  }

  /** Time as it counts for leases, across its lives: that of its monotonic clock without what it could not use. */
  get clockMs(): number {
    const stalledMs = this.#stalledBeforeMs + (this.#process?.stalledMs ?? 0);
    return this.#parts.host.time.awakeMs * this.rate - stalledMs;
  }

  start(): void {
    if (this.#process !== null) return;
    const { host, trace } = this.#parts;
    this.#starts += 1;
    const process = host.newProcess(`broker.${this.#starts}`, this.rate);
    this.#process = process;
    trace.add(process.name, "starts");
    process.run(() => void this.#open(process));
  }

  /** `kill -9`, or its host without power. */
  kill(): void {
    const process = this.#process;
    if (process === null) return;
    this.#parts.trace.add(process.name, "is killed");
    this.#gone(process);
  }

  /** In order, as at SIGTERM. A no-op unless it serves. */
  stop(): void {
    const process = this.#process;
    const stop = this.#stop;
    if (process === null || stop === null) return;
    this.#stop = null;
    process.run(() => {
      this.#parts.trace.add(process.name, "stops");
      void this.#stopped(process, stop);
    });
  }

  async #stopped(process: SimProcess, stop: () => Promise<void>): Promise<void> {
    await stop().catch((error: unknown) => this.#fault(error));
    this.#parts.trace.add(process.name, "has stopped");
    this.#gone(process);
  }

  #gone(process: SimProcess): void {
    const { host, disk, network, dice } = this.#parts;
    if (this.#process !== process) return;
    this.#stalledBeforeMs += process.stalledMs;
    this.#process = null;
    this.#serving = null;
    this.#stop = null;
    host.endBroker(process);
    network.brokerGone(process);
    disk.lose(process);
    host.time.time.after(dice.skewed(20, 4_000), () => this.start());
  }

  async #open(process: SimProcess): Promise<void> {
    const { trace } = this.#parts;
    const opened = new OpenedThings();
    try {
      await this.#serve(process, opened);
    } catch (error) {
      trace.add(process.name, `does not start: ${messageOf(error)}`);
      await opened.close().catch((closeError: unknown) => this.#fault(closeError));
      this.#gone(process);
    }
  }

  async #serve(process: SimProcess, opened: OpenedThings): Promise<void> {
    const { config, host, disk, network, dice, trace, published, connectionOf } = this.#parts;
    const sessions = new SessionRegistry();
    const transfers = new Transfers(process, dice);
    const events = {
      publish: (event: BrokerEvent): void => {
        published(event);
        sessions.publish(event);
        transfers.publish(event);
      },
    };
    const watches = new WatchRegistry(silentLog, process);
    const hostPorts = host.hostPortsFor(process);
    const openStore = async (): ReturnType<Parameters<typeof openCore>[2]["openStore"]> => {
      await process.sleep(dice.skewed(1, 300));
      return disk.openFor(process);
    };
    // Something else may happen between a request and the group of changes that it joins, as on a real event loop.
    const endOfTurn = (work: () => void): void => void process.sleep(0).then(work);
    const world = { clock: process, random: dice, hostPorts, endOfTurn, openStore };
    const { broker, clock, blocks, grower, history } = await openCore(
      config,
      silentLog,
      world,
      { events, changes: watches },
      opened,
    );
    opened.add(() => transfers.closeAll());
    const parts = [broker, transfers, grower, watches];
    clock.beginListening();
    const housekeeping = this.#keepHouse(process, parts);
    opened.add(() => housekeeping.stop());
    const processes = new PeerProcesses(hostPorts);
    const claimProcess: ClaimProcess = (peer, processId) =>
      processes.claim(connectionOf(peer), processId);
    const handlers = leaseService({
      broker,
      clock,
      claimProcess,
      transfers,
      sessions,
      watches,
      history,
      log: this.#faultLog(),
    });
    network.listener = { process, handlers };
    this.#serving = broker;
    void this.#decide(process, blocks);
    trace.add(process.name, `serves ${broker.leaseCount} leases at revision ${broker.revision}`);
    this.#stop = async () => {
      this.#serving = null;
      watches.stop();
      sessions.sayGoodbye("the broker is stopping");
      network.listener = null;
      for (let waited = 0; waited < stopGraceMs && network.openAt(process) > 0; waited += 50) {
        await process.sleep(50);
      }
      network.cutOff(process);
      await opened.close();
    };
  }

  /** The loop of housekeeping.ts on this process's timers. */
  #keepHouse(
    process: SimProcess,
    parts: readonly { advance(): number | null }[],
  ): { stop(): void } {
    let stopped = false;
    const next = (): void => {
      if (stopped) return;
      try {
        const delaysMs = parts.map((part) => part.advance() ?? idleMs);
        process.after(Math.min(idleMs, ...delaysMs), next);
      } catch (error) {
        this.#fault(error);
      }
    };
    next();
    return {
      stop: () => {
        stopped = true;
      },
    };
  }

  /** The operator: what is ambiguous after a crash is the broker's own here, since nobody else reserves. */
  async #decide(process: SimProcess, blocks: BlockManager): Promise<void> {
    await process.sleep(this.#parts.dice.between(500, 3_000));
    for (const { record } of blocks.list()) {
      if (record.stage !== "intended") continue;
      this.#parts.trace.add("operator", `adopts ${record.blockId}`);
      await blocks.adopt(record.blockId).catch((error: unknown) => {
        this.#parts.trace.add("operator", `cannot adopt ${record.blockId}: ${messageOf(error)}`);
      });
    }
  }

  /** What a handler logs as an error is a fault of the broker, unless it was cut off from its caller at a stop. */
  #faultLog(): typeof silentLog {
    return {
      ...silentLog,
      error: (message, fields) => {
        if (this.#serving !== null) this.#fault(fields?.error ?? message);
      },
    };
  }

  #fault(error: unknown): void {
    const { findings, trace } = this.#parts;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    trace.add("broker", `FAULT ${messageOf(error)}`);
    findings.add("the broker has no faults", text);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
