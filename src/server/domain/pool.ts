// A pool: a policy and the blocks it takes ports from. Finds the ports that a service may have, its own first, counts what it
// has, and says why none can be had; who gets a lease and for how long is the broker's business.

import { Affinity, instanceKey, returningInstance } from "./affinity.js";
import { type Band, bandOf, bands } from "./bands.js";
import type { PickPolicy } from "./pick-policy.js";
import { type Claimant, Pins } from "./pins.js";
import type { PoolPolicy } from "./pool-policy.js";
import { cannotBeHad, notInPool, nothingFree, portPinned } from "./pool-refusals.js";
import { type PoolUsage, usageOf } from "./pool-usage.js";
import type { PortBlock } from "./port-block.js";
import { containsPort, eachPort, portCountOf, portRange, type PortRange } from "./port-range.js";
import { capQuarantine } from "./quarantine-cap.js";
import { Quotas } from "./quotas.js";
import type { LeaseEndReason, LeaseRecord } from "./records.js";

export type { PickPolicyName, Pin, PoolPolicy, Quota } from "./pool-policy.js";
export type { PoolUsage } from "./pool-usage.js";

export interface PortWish {
  readonly portCount: number;
  readonly claimant: Claimant;
}

/** Ports taken from a block, not leased on disk yet. */
export interface TakenPorts {
  readonly block: PortBlock;
  readonly ports: PortRange;
  /** In whose quota they are. */
  readonly service: string;
}

export class Pool {
  readonly affinity = new Affinity();
  readonly quotas: Quotas;
  #policy: PoolPolicy;
  #configured: PoolPolicy;
  #pins: Pins;
  readonly #blocks: PortBlock[];

  /** `configured`: the policy without what operators changed. */
  constructor(policy: PoolPolicy, blocks: readonly PortBlock[], configured = policy) {
    this.#policy = policy;
    this.#configured = configured;
    this.quotas = new Quotas(policy);
    this.#pins = new Pins(policy.pins);
    this.#blocks = [...blocks];
    this.#setBands();
  }

  get policy(): PoolPolicy {
    return this.#policy;
  }

  /** The policy as the configuration has it, without what operators changed. */
  get configured(): PoolPolicy {
    return this.#configured;
  }

  /** Which ports are kept for whom. */
  get pins(): Pick<Pins, "portsOf"> {
    return this.#pins;
  }

  /**
   * The pool is like this from now on: see PoolPolicies.change for what that means. Leases and their times stay as they are;
   * rests under way that were not cut become as long as the new quarantine, counted from the end of the lease.
   */
  changePolicy(policy: PoolPolicy, configured = policy): void {
    const before = this.#policy;
    this.#policy = policy;
    this.#configured = configured;
    this.quotas.changePolicy(policy);
    this.#pins = new Pins(policy.pins);
    this.#setBands(hasBands(before));
    const longerByMs = policy.quarantineMs - before.quarantineMs;
    if (longerByMs !== 0) for (const { rests } of this.#blocks) rests.shiftUncut(longerByMs);
    capQuarantine(policy, this.#blocks);
  }

  get blocks(): readonly PortBlock[] {
    return this.#blocks;
  }

  addBlock(block: PortBlock): void {
    this.#blocks.push(block);
    this.#setBands();
  }

  /** No-op for a block of another pool. */
  removeBlock(block: PortBlock): void {
    const index = this.#blocks.indexOf(block);
    if (index < 0) return;
    this.#blocks.splice(index, 1);
    this.#setBands();
  }

  /**
   * Takes a run of ports: the claimant's pinned ones, else those it had last, else what `policy` picks, block after block, so
   * that the last blocks stay empty; static ports only when nothing else will do. Throws quota_exceeded, pool_full,
   * no_contiguous_run, or why the operating system could not be asked.
   */
  take({ portCount, claimant }: PortWish, policy: PickPolicy, nowMs: number): TakenPorts {
    this.quotas.check(claimant.service, portCount);
    const own = this.#pins.portsOf(claimant).map((port) => portRange(port, portCount));
    for (const ports of [...own, ...this.affinity.runsOf(claimant, portCount)]) {
      const taken = ports === null ? null : this.#takeRun(ports, claimant);
      if (taken !== null) return this.#count(taken);
    }
    let failure: Error | null = null;
    for (const [block, reach] of this.#placesToPick()) {
      const ports = block.take(portCount, policy, reach);
      if (ports !== null) return this.#count({ block, ports, service: claimant.service });
      failure ??= block.takeFailure;
    }
    // That ports could not be looked at is the news, not that none is left.
    throw failure ?? this.#nothingFree(portCount, nowMs);
  }

  /** Takes exactly the run that begins at `firstPort`. Throws the reason why it cannot be had. */
  takeAt(firstPort: number, { portCount, claimant }: PortWish): TakenPorts {
    this.quotas.check(claimant.service, portCount);
    const ports = portRange(firstPort, portCount);
    const block = ports === null ? null : this.#blockOf(ports);
    if (ports === null || block === null) {
      const ranges = this.#openBlocks().map(({ record }) => record.ports);
      throw notInPool(this.policy.name, firstPort, portCount, ranges);
    }
    const pin = this.#pins.findOthers(ports, claimant);
    if (pin !== null) throw portPinned(this.policy.name, pin);
    const taken = this.#takeRun(ports, claimant);
    if (taken === null) throw this.#cannotBeHad(block, ports);
    return this.#count(taken);
  }

  /**
   * Whether the claimant may have ports that rest: the run that begins at `firstPort`, or if that is 0 one that it had. Whether
   * nobody is bound there only taking them tells.
   */
  mayReturn(firstPort: number, { portCount, claimant }: PortWish): boolean {
    const instance = instanceKey(claimant);
    if (instance === null) return false;
    const runs =
      firstPort === 0
        ? this.affinity.runsOf(claimant, portCount)
        : [portRange(firstPort, portCount)];
    return runs.some((ports) => {
      const block = ports === null ? null : this.#blockOf(ports);
      if (ports === null || block === null) return false;
      return eachPort(ports).some((port) => block.restsFor(port, instance));
    });
  }

  /** Undoes a take. */
  putBack({ block, ports, service }: TakenPorts): void {
    block.putBack(ports);
    this.quotas.subtract(service, portCountOf(ports));
  }

  /** The end of a lease is on disk: its ports rest for so long. */
  leaseEnded(
    block: PortBlock,
    lease: LeaseRecord,
    reason: LeaseEndReason,
    quarantineMs: number,
  ): void {
    block.rest(lease.ports, quarantineMs, returningInstance(lease, reason));
    this.quotas.subtract(lease.holder.service, portCountOf(lease.ports));
    this.affinity.remember(lease, reason);
    capQuarantine(this.policy, this.#blocks);
  }

  /** Memory follows the disk: these leases, and no others, have ports now. */
  countLeases(leases: Iterable<LeaseRecord>): void {
    this.quotas.clear();
    for (const { pool, holder, ports } of leases) {
      if (pool === this.policy.name) this.quotas.add(holder.service, portCountOf(ports));
    }
  }

  /** Frees ports whose rest is over and looks again at unavailable ones. True when there is more to do at once. */
  advance(): boolean {
    capQuarantine(this.policy, this.#blocks);
    return this.#blocks.map((block) => block.advance()).includes(true);
  }

  /** More than its share of the ports is leased. */
  get crowded(): boolean {
    const blocks = this.#openBlocks();
    const leased = blocks.reduce((sum, block) => sum + block.leasedCount, 0);
    const total = blocks.reduce((sum, { record }) => sum + portCountOf(record.ports), 0);
    return leased > total * this.policy.crowdedShare;
  }

  usage(): PoolUsage {
    return usageOf(this.#blocks);
  }

  #count(taken: TakenPorts): TakenPorts {
    this.quotas.add(taken.service, portCountOf(taken.ports));
    return taken;
  }

  /** `null` when they cannot be had, or are not in one block. */
  #takeRun(ports: PortRange, claimant: Claimant): TakenPorts | null {
    const block = this.#blockOf(ports);
    if (block === null || this.#pins.findOthers(ports, claimant) !== null) return null;
    const taken = block.takeExactly(ports, instanceKey(claimant));
    return taken === null ? null : { block, ports: taken, service: claimant.service };
  }

  #openBlocks(): readonly PortBlock[] {
    return this.#blocks.filter(({ record }) => !record.draining && record.stage === "created");
  }

  #blockOf(ports: PortRange): PortBlock | null {
    const holds = ({ record }: PortBlock): boolean =>
      containsPort(record.ports, ports.firstPort) && containsPort(record.ports, ports.lastPort);
    return this.#openBlocks().find(holds) ?? null;
  }

  #placesToPick(): readonly (readonly [PortBlock, Band])[] {
    const open = this.#openBlocks();
    const dynamic = open.map((block) => [block, bands.dynamic] as const);
    const withStatic = this.policy.staticPorts === 0 ? [] : open.slice(0, 1);
    return [...dynamic, ...withStatic.map((block) => [block, bands.static] as const)];
  }

  /** `had`: some ports may be in other bands than the dynamic one now. */
  #setBands(had = false): void {
    if (!had && !hasBands(this.#policy)) return;
    for (const [index, block] of this.#blocks.entries()) {
      block.setBands(bandOf(this.policy, block.record.ports, index === 0));
    }
  }

  #cannotBeHad(block: PortBlock, ports: PortRange): Error {
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const state = block.stateOf(port);
      if (state !== "free") return cannotBeHad(this.policy.name, port, state);
    }
    return new RangeError(`ports from ${ports.firstPort} on are all free`);
  }

  #nothingFree(portCount: number, nowMs: number): Error {
    const open = this.#openBlocks();
    const ends = open.map((block) => block.nextQuarantineEndMs).filter((end) => end !== null);
    return nothingFree({
      pool: this.policy.name,
      portCount,
      usage: usageOf(open),
      pinnedFree: open.reduce((sum, block) => sum + block.pinnedFreeCount, 0),
      retryAfterMs: ends.length === 0 ? null : Math.max(0, Math.min(...ends) - nowMs),
    });
  }
}

/** Whether not every port is dynamic. */
function hasBands({ pins, staticPorts }: PoolPolicy): boolean {
  return pins.length > 0 || staticPorts > 0;
}
