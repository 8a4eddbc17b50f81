// Random schedules of arrivals, ends, cancellations and store failures, each repeatable by its seed: whoever waits is served in
// order, and as soon as there is something for it.

import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { Grant } from "#server/domain/broker.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import type { LeaseRecord } from "#server/domain/records.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { SeededRandom } from "../../support/seeded-random.js";

const seeds = 60;
const steps = 80;
const poolSize = 6;

interface Arrival {
  readonly number: number;
  /** 0: any port. */
  readonly mustPort: number;
  readonly portCount: number;
  readonly abort: AbortController;
}

class Schedule {
  readonly #random: SeededRandom;
  readonly #fixture: BrokerFixture;
  /** Not answered yet, in order of arrival. */
  readonly #open: Arrival[] = [];
  readonly #granted = new Set<number>();
  readonly #leases: ActiveLease[] = [];
  #arrivals = 0;
  #failure: unknown = null;
  served = 0;
  passes = 0;

  constructor(seed: number, fixture: BrokerFixture) {
    this.#random = new SeededRandom(seed);
    this.#fixture = fixture;
  }

  /** Rejects with what went wrong until now. */
  async step(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    const { broker, clock, store } = this.#fixture;
    if (this.#random.integer(4) === 0) store.failure = "none";
    const kind = this.#random.integer(40);
    if (kind < 16) this.#arrive();
    else if (kind < 29) this.#release();
    else if (kind < 33) this.#pick(this.#open)?.abort.abort();
    else if (kind < 38) clock.advance(this.#random.integer(700));
    else store.failure = this.#random.integer(2) === 0 ? "before" : "after";
    // Some things happen in the same turn.
    if (this.#random.integer(3) === 0) return;
    await settle();
    for (let turn = 0; turn < 3; turn += 1) {
      broker.advance();
      await settle();
    }
    if (broker.readOnlyReason === null && store.failure === "none") this.#assertNobodyIsForgotten();
  }

  #arrive(): void {
    const { broker } = this.#fixture;
    this.#arrivals += 1;
    const shape = this.#random.integer(4);
    const arrival: Arrival = {
      number: this.#arrivals,
      mustPort: shape === 1 ? 20_000 + this.#random.integer(poolSize) : 0,
      portCount: shape === 2 ? 2 + this.#random.integer(2) : 1,
      abort: new AbortController(),
    };
    const wish: Partial<AcquireRequest> = {
      portCount: arrival.portCount,
      preferredPort: arrival.mustPort,
      portMustMatch: arrival.mustPort !== 0,
      holder: { service: "s", instance: String(arrival.number), labels: {}, process: null },
      maxWaitMs: this.#random.integer(4) === 0 ? 0 : 1 + this.#random.integer(5_000),
    };
    this.#open.push(arrival);
    const forget = (): void => void this.#open.splice(this.#open.indexOf(arrival), 1);
    const served = ({ lease }: Grant): void => {
      forget();
      this.#leases.push(lease);
      this.served += 1;
    };
    void broker.acquire(request(wish), arrival.abort.signal).then(served, forget);
  }

  #release(): void {
    const lease = this.#pick(this.#leases);
    if (lease === undefined) return;
    this.#leases.splice(this.#leases.indexOf(lease), 1);
    const { leaseId } = lease.record;
    void this.#fixture.broker.release(leaseId, lease.holderKey, true).catch(() => undefined);
  }

  /** Called as grants get on disk, which is before their callers hear of it. */
  noteGrant({ holder }: LeaseRecord): void {
    this.#granted.add(Number(holder.instance));
    const served = this.#open.find(({ number }) => number === Number(holder.instance));
    if (served === undefined || served.abort.signal.aborted) return;
    try {
      this.#assertInOrder(served);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #assertInOrder(served: Arrival): void {
    for (const other of this.#open) {
      if (other.number >= served.number) return;
      if (this.#granted.has(other.number)) continue;
      // A cancelled one is not there any more, it only does not know yet.
      if (other.abort.signal.aborted) continue;
      const same = other.mustPort === served.mustPort && other.portCount === served.portCount;
      assert.ok(!same, `${served.number} was served before ${other.number}, which wants the same`);
      if (other.portCount > 1) this.passes += 1;
    }
  }

  #assertNobodyIsForgotten(): void {
    const { block, broker } = this.#fixture;
    const inLine = this.#open.filter(({ abort }) => !abort.signal.aborted);
    assert.equal(inLine.length, broker.waiterCount, "whoever is not answered waits");
    let behindRun = false;
    for (const { number, mustPort, portCount } of inLine) {
      // Behind a run the line may be closed.
      if (behindRun) return;
      behindRun = portCount > 1;
      const could =
        mustPort === 0 ? block.longestFreeRun() >= portCount : block.stateOf(mustPort) === "free";
      assert.ok(!could, `${number} waits though it could be served`);
    }
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#random.integer(items.length)];
  }
}

describe("Waiting in line, in random schedules", () => {
  it(`serves in order and forgets nobody (seeds 1 to ${seeds})`, async function () {
    this.timeout(120_000);
    const totals = { served: 0, passes: 0 };
    for (let seed = 1; seed <= seeds; seed += 1) {
      const quarantineMs = seed % 2 === 0 ? 0 : 300;
      const policy = { size: poolSize, sizeMax: poolSize, quarantineMs, ttlDefaultMs: 3_000 };
      const fixture = await brokerFixture({
        policy,
        onEvent: (event) => {
          if (event.type === "lease_granted") schedule.noteGrant(event.lease);
        },
      });
      const schedule: Schedule = new Schedule(seed, fixture);
      try {
        for (let step = 0; step < steps; step += 1) await schedule.step();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      totals.served += schedule.served;
      totals.passes += schedule.passes;
    }
    assert.ok(
      totals.served > seeds * 10 && totals.passes > 0,
      `the schedules do something: ${JSON.stringify(totals)}`,
    );
  });
});
