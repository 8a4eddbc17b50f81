// A pool and its naive model side by side: what is done to one is done to the other, and must come to the same.

import assert from "node:assert/strict";
import { BrokerError } from "#server/domain/errors.js";
import { unobserved } from "#server/domain/observation.js";
import { pickPolicies } from "#server/domain/pick-policies.js";
import { Pool, type PoolPolicy, type TakenPorts } from "#server/domain/pool.js";
import { portCountOf } from "#server/domain/port-range.js";
import type { LeaseEndReason, LeaseRecord } from "#server/domain/records.js";
import { AllocatorModel, type Expected } from "./allocator-model.js";
import { FakeClock } from "./fake-clock.js";
import type { ModelClaimant } from "./model-ports.js";
import type { Operation } from "./pool-operations.js";
import { SeededRandom } from "./seeded-random.js";
import { testBlock } from "./test-block.js";

/** Of the first block. */
export const firstPort = 20_000;

export class PoolBesideModel {
  readonly #clock = new FakeClock();
  readonly #blocks;
  readonly #pool: Pool;
  readonly #model: AllocatorModel;
  readonly #policy: PoolPolicy;
  readonly #pick;
  readonly #foundInUse: number[] = [];
  /** In the order of the model's leases. */
  #taken: {
    readonly taken: TakenPorts;
    readonly claimant: ModelClaimant;
    readonly generation: number;
  }[] = [];
  #generation = 0;

  constructor(policy: PoolPolicy, blockSizes: readonly number[]) {
    const places = blockSizes.map((size, block) => [firstPort + block * 100, size] as const);
    const publish = (event: { type: string; port?: unknown }): void => {
      if (event.type === "port_in_use") this.#foundInUse.push(Number(event.port));
    };
    this.#policy = policy;
    this.#blocks = places.map(([first, size]) => testBlock(first, size, this.#clock, { publish }));
    this.#pool = new Pool(
      policy,
      this.#blocks.map(({ block }) => block),
    );
    this.#model = new AllocatorModel(policy, places, this.#clock.monotonicMs());
    this.#pick = pickPolicies(new SeededRandom(11))[policy.pickPolicy];
  }

  run(step: Operation): void {
    this.#foundInUse.length = 0;
    this.#do(step);
    this.#compare();
  }

  #do(step: Operation): void {
    switch (step.type) {
      case "take":
        return this.#take(step.count, step.claimant);
      case "takeAt":
        return this.#takeAt(step.index, step.count, step.claimant);
      case "end":
        return this.#end(step.index, step.reason, step.proven);
      case "putBack":
        return this.#putBack(step.index);
      case "toggleStranger":
        return this.#toggleStranger(step.index);
      case "toggleDrain":
        return this.#toggleDrain(step.index);
      case "readopt":
        return this.#readopt(step.index);
      case "advance":
        return this.#advance(step.ms);
    }
  }

  #take(portCount: number, whose: ModelClaimant): void {
    const wish = { portCount, claimant: whose };
    const got = outcome(() => this.#pool.take(wish, this.#pick, this.#clock.monotonicMs()));
    const taken = got instanceof BrokerError ? null : got;
    const observed = { firstPort: taken?.ports.firstPort ?? null, foundInUse: this.#foundInUse };
    this.#agree(got, this.#model.take(portCount, whose, observed), whose);
  }

  #takeAt(at: number, portCount: number, whose: ModelClaimant): void {
    const port = (this.#portAt(at) ?? firstPort) - (at % 7 === 0 ? 1 : 0);
    const got = outcome(() => this.#pool.takeAt(port, { portCount, claimant: whose }));
    this.#agree(got, this.#model.takeAt(port, portCount, whose), whose);
  }

  #agree(got: TakenPorts | BrokerError, expected: Expected, whose: ModelClaimant): void {
    const actual =
      got instanceof BrokerError
        ? { ok: false, code: got.code }
        : { ok: true, firstPort: got.ports.firstPort };
    assert.deepEqual(actual, expected);
    assert.deepEqual(this.#foundInUse, this.#model.foundInUse);
    if (got instanceof BrokerError) return;
    this.#generation += 1;
    this.#taken.push({ taken: got, claimant: whose, generation: this.#generation });
  }

  #end(at: number, why: LeaseEndReason, proven: boolean): void {
    const { lease, mine } = this.#leaseAt(at);
    if (lease === undefined || mine === undefined) return;
    this.#taken = this.#taken.filter((other) => other !== mine);
    const quarantineMs = why === "caller_gone" ? 0 : this.#policy.quarantineMs;
    this.#tick();
    this.#pool.leaseEnded(mine.taken.block, recordOf(mine, proven), why, quarantineMs);
    this.#model.end(lease, why, proven);
  }

  #putBack(at: number): void {
    const { lease, mine } = this.#leaseAt(at);
    if (lease === undefined || mine === undefined) return;
    this.#taken = this.#taken.filter((other) => other !== mine);
    this.#pool.putBack(mine.taken);
    this.#model.putBack(lease);
  }

  /** As after a failed commit: what is in memory rests, what is on disk is claimed again. */
  #readopt(at: number): void {
    this.#tick();
    for (const { ports } of this.#taken.map(({ taken }) => taken).toSorted(byFirstPort)) {
      for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
        this.#blockOf(port)?.rest({ firstPort: port, lastPort: port }, this.#policy.quarantineMs);
      }
    }
    const kept = this.#taken.filter((_, position) => (position + at) % 3 !== 0);
    this.#model.readopt(this.#model.leases.filter((_, position) => (position + at) % 3 !== 0));
    for (const { taken } of kept) taken.block.claim(taken.ports);
    this.#pool.countLeases(kept.map((mine) => recordOf(mine, false)));
    this.#taken = kept;
  }

  #toggleStranger(at: number): void {
    const port = this.#portAt(at);
    if (port === undefined) return;
    const inUse = this.#blocks.find(({ block }) => block === this.#blockOf(port))?.reservation
      .inUse;
    for (const set of [this.#model.bound, inUse]) if (set?.delete(port) === false) set.add(port);
  }

  #toggleDrain(at: number): void {
    const number = at % this.#blocks.length;
    const block = this.#blocks[number]?.block;
    if (block === undefined) return;
    block.record = { ...block.record, draining: !block.record.draining };
    if (!this.#model.draining.delete(number)) this.#model.draining.add(number);
  }

  /** Of rests in several blocks that begin at the very same time none is the oldest: each begins at a time of its own. */
  #tick(): void {
    this.#clock.advance(1);
    this.#model.nowMs += 1;
  }

  #advance(ms: number): void {
    this.#clock.advance(ms);
    assert.equal(this.#pool.advance(), false);
    this.#model.advance(ms);
  }

  #compare(): void {
    const counts = { free: 0, leased: 0, quarantined: 0, unavailable: 0 };
    for (const { port, state } of this.#model.ports) {
      assert.equal(this.#blockOf(port)?.stateOf(port), state, `port ${port}`);
      counts[state] += 1;
    }
    const total = this.#model.ports.length;
    const largestFreeRun = this.#model.longestRun();
    assert.deepEqual(this.#pool.usage(), { total, ...counts, largestFreeRun });
    for (const service of ["orders", "billing", ""]) {
      assert.equal(this.#pool.quotas.used(service), this.#model.used(service), service);
    }
    const leased = this.#taken.flatMap(({ taken: { ports } }) =>
      Array.from({ length: portCountOf(ports) }, (_, offset) => ports.firstPort + offset),
    );
    assert.equal(new Set(leased).size, leased.length, "a port is in two leases");
    assert.equal(leased.length, counts.leased);
  }

  #leaseAt(at: number) {
    const position = this.#taken.length === 0 ? 0 : at % this.#taken.length;
    return { lease: this.#model.leases[position], mine: this.#taken[position] };
  }

  #portAt(at: number): number | undefined {
    return this.#model.ports[at % this.#model.ports.length]?.port;
  }

  #blockOf(port: number) {
    const found = this.#blocks.find(
      ({ reservation }) =>
        port >= reservation.firstPort && port < reservation.firstPort + reservation.portCount,
    );
    return found?.block;
  }
}

function byFirstPort(a: TakenPorts, b: TakenPorts): number {
  return a.ports.firstPort - b.ports.firstPort;
}

function outcome(take: () => TakenPorts): TakenPorts | BrokerError {
  try {
    return take();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
}

function recordOf(
  lease: {
    readonly taken: TakenPorts;
    readonly claimant: ModelClaimant;
    readonly generation: number;
  },
  proven: boolean,
): LeaseRecord {
  const { taken, claimant: whose, generation } = lease;
  return {
    leaseId: String(generation),
    pool: "default",
    protocol: "tcp",
    blockId: taken.block.record.blockId,
    ports: taken.ports,
    generation,
    revision: generation,
    ttlMs: 30_000,
    holder: { ...whose, labels: {}, process: { processId: 7, startTime: null, proven } },
    createdWallMs: 0,
    request: null,
    bindWithinMs: null,
    ...unobserved,
    remainingMs: null,
  };
}
