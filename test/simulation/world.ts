// The simulated world of one seed: host, disk, network, a broker, some services and an intruder. Knows how they hang together; what
// goes wrong is in faults.ts, and what must hold in lease-model.ts and standing-checks.ts.

import type { ConnectionEnds } from "@portlease/native";
import type { Change } from "#server/domain/records.js";
import { CallWatch } from "./call-watch.js";
import { Dice } from "./dice.js";
import { Findings } from "./findings.js";
import { HostTime } from "./host-time.js";
import { intrude } from "./intruder.js";
import { LeaseModel, type ModelLease } from "./lease-model.js";
import { operate } from "./operator.js";
import { PolicyWords } from "./policy-words.js";
import { RpcNetwork } from "./rpc-network.js";
import { firstPort, type Scenario } from "./scenario.js";
import { SimBroker } from "./sim-broker.js";
import { SimDisk } from "./sim-disk.js";
import { SimHost } from "./sim-host.js";
import type { SimProcess } from "./sim-process.js";
import { type ServiceMemory, SimService } from "./sim-service.js";
import { checkStanding } from "./standing-checks.js";
import { Trace } from "./trace.js";
import { VirtualTime } from "./virtual-time.js";

/** How many leases a service may have at once. */
const livesMax = 2;

export class World {
  readonly scenario: Scenario;
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly findings: Findings;
  readonly host: SimHost;
  readonly disk: SimDisk;
  readonly network: RpcNetwork;
  readonly words: PolicyWords;
  readonly model: LeaseModel;
  readonly broker: SimBroker;
  readonly services: SimService[] = [];
  readonly intruder: SimProcess;
  readonly #connections = new Map<string, ConnectionEnds>();
  /** The process that got each lease. */
  readonly #keepers = new Map<string, number>();
  readonly #memories: ServiceMemory[] = [];
  readonly #serviceDice: Dice;
  #retired = false;
  #calmSinceMs = 0;

  constructor(scenario: Scenario, print: ((line: string) => void) | null) {
    const dice = (name: string): Dice => Dice.of(scenario.seed, name);
    const nowMs = (): number => this.time.nowMs;
    this.scenario = scenario;
    this.trace = new Trace(nowMs, print);
    this.findings = new Findings(nowMs);
    const hostTime = new HostTime(this.time, scenario.countsSleep);
    const { kind } = scenario.pool;
    this.host = new SimHost(hostTime, kind === "auto" ? "held" : kind, dice("host"));
    this.words = new PolicyWords(scenario.pool);
    this.model = new LeaseModel({
      words: this.words,
      findings: this.findings,
      trace: this.trace,
      nowMs,
      brokerMs: () => this.broker.clockMs,
      wallJumps: () => hostTime.wallJumps,
      pool: scenario.pool,
      boundSinceBefore: (port, sinceMs) =>
        this.host.boundTo(port).find((bound) => bound.sinceMs < sinceMs)?.processId ?? null,
      mayEnd: (lease, reason) => this.#mayEnd(lease, reason),
    });
    this.disk = new SimDisk(dice("disk"), {
      sealed: () => this.model.sealed(),
      landed: (batch) => {
        for (const { revision, change } of batch)
          this.trace.add("disk", describeChange(revision, change));
        this.model.landed(batch);
      },
    });
    this.network = new RpcNetwork(this.time, dice("network"), new CallWatch(this.model));
    this.broker = new SimBroker({
      config: scenario.config,
      host: this.host,
      disk: this.disk,
      network: this.network,
      dice: dice("broker"),
      trace: this.trace,
      findings: this.findings,
      connectionOf: (peer) => this.#connections.get(peer) ?? null,
      published: (event) => {
        if ("revision" in event && event.type !== "store_recovered") {
          this.model.published(event.revision);
        }
      },
    });
    this.#serviceDice = dice("services");
    this.intruder = this.host.newProcess("intruder");
  }

  start(): void {
    this.broker.start();
    for (let index = 0; index < this.scenario.services; index += 1) {
      this.#memories.push({ pending: [], count: 0 });
      this.#startService(index);
    }
    void intrude(this, Dice.of(this.scenario.seed, "intruder"));
    if (this.scenario.operated) void operate(this, Dice.of(this.scenario.seed, "operator"));
  }

  /** Everything that runs now. */
  processes(): readonly SimProcess[] {
    const all = [
      this.broker.process,
      this.intruder,
      ...this.services.map(({ process }) => process),
    ];
    return all.filter((process) => process !== null);
  }

  check(): void {
    checkStanding({
      findings: this.findings,
      model: this.model,
      words: this.words,
      broker: this.broker,
      services: () => this.services,
      asleep: () => this.host.time.asleep,
      isLent: (port) => this.host.ports.isLent("tcp", port),
      mayEndEarly: (lease) =>
        this.#mayEnd(lease, "port_lost") ||
        this.#mayEnd(lease, "holder_exited") ||
        this.#mayEnd(lease, "never_bound"),
      orphanedForMs: (lease) => this.#orphanedForMs(lease),
    });
  }

  /** Kills a service, which is started again later; returns its name. A child of it may go on with its sockets. */
  endService(dice: Dice): string | null {
    const index = dice.integer(this.services.length);
    const process = this.services[index]?.process;
    if (process === undefined || process.dead) return null;
    if (dice.chance(0.3)) {
      const sharesPort = this.scenario.pool.bind !== "plain";
      const specOf = (port: number) => ({ sharesPort, token: this.#tokenOf(port) });
      const children = this.host.endLeavingChild(process, specOf);
      for (const child of children) this.time.after(dice.between(100, 9_000), () => child.close());
    } else {
      this.host.end(process);
    }
    this.#ended(index, dice);
    return process.name;
  }

  /** The power is gone, and comes back. */
  reboot(): void {
    const dice = this.#serviceDice;
    this.host.time.wakeUp();
    this.broker.kill();
    this.host.reboot(this.services.map(({ process }) => process));
    for (const index of this.services.keys()) this.#ended(index, dice);
  }

  /** The services are gone for good, and everybody's sockets with them. */
  retire(): void {
    this.#retired = true;
    this.host.time.wakeUp();
    for (const { process } of this.services) {
      this.host.end(process);
      this.network.clientGone(process);
    }
    this.host.end(this.intruder);
    this.network.clientGone(this.intruder);
    this.host.closeAll();
    this.broker.process?.goOn();
  }

  /** How a process of the host reaches the broker. */
  rpcFor(process: SimProcess): ReturnType<RpcNetwork["clientFor"]> {
    const remotePort = process.processId % 10_000;
    const peer = `127.0.0.1:${remotePort}`;
    this.host.ports.connectFrom(process.processId, remotePort);
    const localAddress = "127.0.0.1";
    const ends = { localAddress, localPort: 7_600, remoteAddress: localAddress, remotePort };
    this.#connections.set(peer, ends);
    return this.network.clientFor(process, peer);
  }

  #startService(index: number): void {
    const memory = this.#memories[index];
    if (memory === undefined || this.#retired) return;
    const name = `service.${index + 1}`;
    const process = this.host.newProcess(name);
    const service = new SimService({
      name,
      host: this.host,
      process,
      memory,
      rpc: this.rpcFor(process),
      dice: this.#serviceDice,
      trace: this.trace,
      ttlMsMax: this.scenario.pool.ttlMaxMs,
      cutsTtl: this.scenario.cutsTtl,
      greedy: this.scenario.greedy,
      findings: this.findings,
      kept: (leaseId) => this.#keepers.set(leaseId, process.processId),
      ports: { first: firstPort, count: this.scenario.pool.size },
    });
    this.services[index] = service;
    process.run(() => {
      for (let life = 0; life < livesMax; life += 1) void service.live(life);
    });
  }

  #ended(index: number, dice: Dice): void {
    const service = this.services[index];
    if (service === undefined) return;
    this.network.clientGone(service.process);
    this.time.after(dice.skewed(10, 6_000), () => {
      if (this.services[index] === service) this.#startService(index);
    });
  }

  /** The token by which a child goes on with its parent's socket; a broker that is not there cannot be asked. */
  #tokenOf(port: number): bigint {
    for (const pool of this.broker.serving?.pools ?? []) {
      for (const { record, reservation } of pool.blocks) {
        if (port < record.ports.firstPort || port > record.ports.lastPort) continue;
        return reservation.reservationsOf(port)[0]?.token ?? 0n;
      }
    }
    return 0n;
  }

  /** For how long the broker has had the peace to see that the proven holder of the lease is gone; 0 when it is not. */
  #orphanedForMs({ record, grantedAtMs }: ModelLease): number {
    const { process } = this.broker;
    const { full, slow, failureChance } = this.disk.faults;
    const calm =
      this.broker.serving?.readOnlyReason === null && !full && !slow && failureChance === 0;
    if (!calm || process?.runs !== true || process.catchingUp || this.host.time.asleep) {
      this.#calmSinceMs = this.time.nowMs;
    }
    const holder = record.holder.process;
    if (holder === null || !holder.proven) return 0;
    const endedAtMs = this.host.endedAtMs(holder.processId);
    if (endedAtMs === null) return 0;
    return this.time.nowMs - Math.max(endedAtMs, grantedAtMs, this.#calmSinceMs);
  }

  #mayEnd({ record, grantedAtMs }: ModelLease, reason: string): boolean {
    const holder = record.holder.process;
    if (reason === "holder_exited") {
      return holder !== null && holder.proven && !this.host.isAlive(holder.processId);
    }
    if (reason === "never_bound") {
      const { bindWithinMs } = record;
      return bindWithinMs !== null && this.time.nowMs - grantedAtMs >= bindWithinMs * 0.99;
    }
    if (reason !== "port_lost") return false;
    const keeper = this.#keepers.get(record.leaseId) ?? holder?.processId ?? 0;
    for (let port = record.ports.firstPort; port <= record.ports.lastPort; port += 1) {
      if (this.host.otherWasBound(port, keeper, grantedAtMs)) return true;
    }
    return false;
  }
}

function describeChange(revision: number, change: Change): string {
  if (change.type === "lease_granted") return `${revision} grants ${change.lease.leaseId}`;
  if (change.type === "lease_checkpointed") {
    const { leaseId, remainingMs } = change.lease;
    return `${revision} ${leaseId} has ${remainingMs ?? "its TTL"} left`;
  }
  if (change.type !== "lease_ended") return `${revision} ${change.type}`;
  const { lease, reason } = change.ended;
  return `${revision} ENDED ${reason} ${lease.leaseId}`;
}
