// The whole core in random schedules: everything at once, with a store that fails and a broker that dies in between. What is in
// memory is what is on disk, every change was told in its place, and no lease ends before what its holder was promised.

import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { Grant } from "#server/domain/broker.js";
import type { BrokerEvent } from "#server/domain/events.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import type { LeaseEndReason } from "#server/domain/records.js";
import { portCountOf } from "#server/domain/port-range.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { worldOf } from "../../support/scripted-world.js";
import { SeededRandom } from "../../support/seeded-random.js";

const size = 12;
const policy = {
  size,
  sizeMax: size,
  quota: { perService: 6, services: new Map() },
  quarantineMs: 3_000,
  quarantineShareMax: 0.25,
  quarantineFloorMs: 500,
  pins: [{ port: 20_011, service: "s1", instance: "" }],
  staticPorts: 2,
};
const ttlsMs = [4_000, 8_000, 20_000];
const maxWaitMs = 6_000;
/** How many holders there are that the broker knows. */
const processes = 3;
const services = ["s0", "s1", "s2"];

class Schedule {
  readonly #below: (limit: number) => number;
  readonly #bound: Set<number>;
  #failure: assert.AssertionError | null = null;
  /** By lease id: until when its holder may count on it, and its key. */
  readonly #promised = new Map<string, { untilMs: number; holderKey: string }>();
  readonly #callers: AbortController[] = [];
  #fixture: BrokerFixture;
  /** Processes. */
  readonly #ended: Set<number>;
  #gate: { open(): void } | null = null;
  readonly #released = new Set<string>();
  readonly #repeatable: AcquireRequest[] = [];

  private constructor(
    fixture: BrokerFixture,
    bound: Set<number>,
    ended: Set<number>,
    seed: number,
  ) {
    this.#fixture = fixture;
    this.#bound = bound;
    this.#ended = ended;
    const random = new SeededRandom(seed);
    this.#below = (limit) => random.integer(limit);
  }

  static async run(seed: number, steps: number): Promise<void> {
    const bound = new Set<number>();
    const ended = new Set<number>();
    const fixture = await brokerFixture({ policy, audit: worldOf(bound, ended) });
    const schedule = new Schedule(fixture, bound, ended, seed);
    for (let step = 0; step < steps; step += 1) {
      await schedule.#step();
      if (step % 10 === 9) await schedule.#check();
    }
    await schedule.#check();
    await schedule.#letWaitsEnd();
  }

  async #step(): Promise<void> {
    const { clock, broker, store } = this.#fixture;
    const choice = this.#below(27);
    if (choice < 8) this.#acquire();
    else if (choice < 11) this.#renew();
    else if (choice < 14) this.#release();
    else if (choice < 15) this.#callers[this.#below(this.#callers.length)]?.abort();
    else if (choice < 17) this.#bindOrLetGo();
    else if (choice < 18) this.#follow(broker.audit());
    else if (choice < 20) clock.advance(this.#below(3_000));
    else if (choice < 21) store.failure = this.#below(2) === 0 ? "before" : "after";
    else if (choice < 22) this.#drain();
    else if (choice < 23) await this.#restart();
    else if (choice < 24) store.failure = "none";
    else if (choice < 25) this.#ended.add(this.#below(processes));
    else if (choice < 26) this.#holdDisk();
    else this.#gate?.open();
    if (this.#below(3) === 0) this.#fixture.broker.advance();
    if (this.#below(2) === 0) await settle();
  }

  async #letWaitsEnd(): Promise<void> {
    const { clock, broker } = this.#fixture;
    clock.advance(maxWaitMs);
    broker.advance();
    await settle();
    assert.equal(broker.waiterCount, 0);
  }

  /** Until then everything waits for its turn on disk. */
  #holdDisk(): void {
    this.#gate?.open();
    this.#gate = this.#fixture.store.hold();
  }

  #acquire(): void {
    const { broker, clock } = this.#fixture;
    const below = this.#below;
    const processId = below(2 * processes);
    const process = processId < processes ? { processId, startTime: "1", proven: true } : null;
    const service = services[below(services.length)] ?? "";
    const caller = new AbortController();
    this.#callers.push(caller);
    const sentMs = clock.monotonicMs();
    const asked = request({
      holder: { service, instance: String(below(3) || ""), labels: {}, process },
      ttlMs: ttlsMs[below(ttlsMs.length)] ?? null,
      portCount: below(4) === 0 ? 2 : 1,
      bindWithinMs: below(4) === 0 ? 3_000 : null,
      maxWaitMs: below(2) * maxWaitMs,
      preferredPort: below(4) === 0 ? 20_000 + below(size) : 0,
      portMustMatch: below(2) === 0,
    });
    let call = asked;
    const repeats = below(4);
    if (repeats === 0) {
      const key = `k${this.#repeatable.length}`;
      call = { ...asked, request: { key, bodyHash: key } };
      this.#repeatable.push(call);
    } else if (repeats === 1) {
      call = this.#repeatable[below(this.#repeatable.length)] ?? asked;
    }
    const granted = broker.acquire(call, caller.signal);
    this.#follow(granted.then((grant) => this.#granted(grant, sentMs)));
  }

  #granted({ lease, waitMs }: Grant, sentMs: number): void {
    const untilMs = sentMs + waitMs + lease.record.ttlMs;
    assert.ok(untilMs <= lease.deadlineMs, "semantics 6");
    // Its answer was on its way when it was released.
    if (this.#released.has(lease.record.leaseId)) return;
    this.#promised.set(lease.record.leaseId, { untilMs, holderKey: lease.holderKey });
  }

  #any(): [string, { untilMs: number; holderKey: string }] | undefined {
    return [...this.#promised][this.#below(this.#promised.size)];
  }

  #renew(): void {
    const [leaseId, promised] = this.#any() ?? [];
    if (leaseId === undefined || promised === undefined) return;
    const { broker, clock } = this.#fixture;
    const sentMs = clock.monotonicMs();
    const longer = this.#below(2) === 0 ? 20_000 : null;
    const renewed = broker.renew(leaseId, promised.holderKey, longer).then(({ record }) => {
      promised.untilMs = Math.max(promised.untilMs, sentMs + record.ttlMs);
    });
    this.#follow(renewed);
  }

  #release(): void {
    const [leaseId, promised] = this.#any() ?? [];
    if (leaseId === undefined || promised === undefined) return;
    this.#promised.delete(leaseId);
    this.#released.add(leaseId);
    this.#follow(this.#fixture.broker.release(leaseId, promised.holderKey, this.#below(2) === 0));
  }

  #bindOrLetGo(): void {
    const port = 20_000 + this.#below(size);
    const { inUse } = this.#fixture.reservation;
    if (this.#bound.delete(port)) inUse.delete(port);
    else {
      this.#bound.add(port);
      inUse.add(port);
    }
  }

  #drain(): void {
    const { broker, block } = this.#fixture;
    // With a lease, so that it does not go.
    if (block.leasedCount === 0) return;
    this.#follow(broker.blocks.setDraining(block, false));
  }

  async #restart(): Promise<void> {
    const { store, clock } = this.#fixture;
    this.#gate?.open();
    if (store.failure !== "none") return;
    await settle();
    if (this.#fixture.broker.readOnlyReason !== null) return;
    this.#fixture.broker.stopGranting();
    await settle();
    this.#callers.length = 0;
    this.#bound.clear();
    this.#fixture = await brokerFixture({
      policy,
      store,
      clock,
      audit: worldOf(this.#bound, this.#ended),
    });
  }

  #follow(call: Promise<unknown>): void {
    void call.catch((error: unknown) => {
      // Refusals are as good as anything.
      if (error instanceof assert.AssertionError) this.#failure ??= error;
    });
  }

  async #check(): Promise<void> {
    const { broker, store, block, events, clock } = this.#fixture;
    this.#gate?.open();
    await settle();
    store.failure = "none";
    for (let turn = 0; turn < 4 && broker.readOnlyReason !== null; turn += 1) {
      clock.advance(500);
      broker.advance();
      await settle();
    }
    broker.advance();
    await settle();
    assert.equal(broker.readOnlyReason, null);
    if (this.#failure !== null) throw this.#failure;
    const state = await store.load();
    const leases = [...broker.recordedLeases()];
    assert.deepEqual(
      leases.map(({ record }) => record),
      state.leases,
      "memory follows the disk",
    );
    assert.equal(broker.revision, state.revision);
    this.#checkPorts(leases);
    const [pool] = broker.pools;
    for (const service of services) {
      const had = leases.filter(({ record }) => record.holder.service === service);
      const count = had.reduce((sum, { record }) => sum + portCountOf(record.ports), 0);
      assert.equal(pool?.quotas.used(service), count, "quota");
    }
    assert.equal(
      block.leasedCount,
      leases.reduce((sum, { record }) => sum + portCountOf(record.ports), 0),
    );
    checkEvents(events, store);
    // History tells it also where a commit failed that is on disk all the same.
    const takenBack = endedBy(store, ["never_bound", "holder_exited"]);
    for (const [leaseId, { untilMs }] of this.#promised) {
      if (clock.monotonicMs() >= untilMs || takenBack.has(leaseId)) this.#promised.delete(leaseId);
      else assert.ok((broker.findLive(leaseId)?.deadlineMs ?? 0) >= untilMs, "promise 3");
    }
  }

  #checkPorts(leases: readonly ActiveLease[]): void {
    const { block } = this.#fixture;
    const leased = new Set(
      leases.flatMap(({ record: { ports } }) =>
        Array.from({ length: portCountOf(ports) }, (_, index) => ports.firstPort + index),
      ),
    );
    for (let port = 20_000; port < 20_000 + size; port += 1)
      assert.equal(block.stateOf(port) === "leased", leased.has(port), `port ${port}`);
  }
}

function endedBy(
  { batches }: BrokerFixture["store"],
  reasons: readonly LeaseEndReason[],
): ReadonlySet<string> {
  const ends = batches.flat().flatMap(({ change }) => {
    return change.type === "lease_ended" && reasons.includes(change.ended.reason)
      ? [change.ended.lease.leaseId]
      : [];
  });
  return new Set(ends);
}

function checkEvents(events: readonly BrokerEvent[], store: BrokerFixture["store"]): void {
  const told = events.flatMap((event) =>
    "revision" in event && event.type !== "store_recovered" ? [event.revision] : [],
  );
  assert.deepEqual(
    told,
    [...new Set(told)].toSorted((a, b) => a - b),
    "in order, each once",
  );
  const made = new Map(store.batches.flat().map((sealed) => [sealed.revision, sealed.change]));
  for (const event of events) {
    if (!("revision" in event) || event.type === "store_recovered") continue;
    assert.equal(made.get(event.revision)?.type, event.type);
  }
}

describe("The core in random schedules", () => {
  it("keeps memory, disk, events and promises together (seeds 1 to 60)", async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      await Schedule.run(seed, 150).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
    }
  }).timeout(120_000);
});
