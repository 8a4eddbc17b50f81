// Brokers that go on while etcd is away, two fleet servers over it, and what must be so once it is back.

import assert from "node:assert/strict";
import { FleetLease_State, Host_State } from "@portlease/proto/portlease/v1/fleet_service.js";
import { TestEtcd } from "../../support/etcd.js";
import { eventually } from "../../support/eventually.js";
import { FleetPicture } from "../../support/fleet-picture.js";
import { type Acquired, fromMs } from "../../support/lease-caller.js";
import { type PublishedBroker, startPublishedBroker } from "../../support/published-broker.js";
import { etcdSource, startTestFleet, type TestFleet } from "../../support/running-fleet.js";

/** Leases that each host keeps all the time. */
const keptPerHost = 3;

export interface Outage {
  readonly away: () => Promise<void>;
  readonly back: () => Promise<void>;
  readonly forMs: number;
}

export class OutageLab {
  readonly etcd: TestEtcd;
  readonly brokers = new Map<string, PublishedBroker>();
  /** Leases as their brokers have them, by host. */
  readonly held = new Map<string, Acquired[]>();
  readonly #fleets: TestFleet[] = [];
  readonly pictures: FleetPicture[] = [];

  private constructor(etcd: TestEtcd) {
    this.etcd = etcd;
  }

  /** Resolves when every fleet server shows all that there is. Call `close` in any case. */
  static async start(hostIds: readonly string[], fleetCount: number): Promise<OutageLab> {
    const lab = new OutageLab(await TestEtcd.start());
    try {
      await lab.#open(hostIds, fleetCount);
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  async #open(hostIds: readonly string[], fleetCount: number): Promise<void> {
    for (const hostId of hostIds) {
      this.brokers.set(hostId, await startPublishedBroker(this.etcd.url(), hostId));
      this.held.set(hostId, []);
      for (let count = 0; count < keptPerHost; count += 1) await this.grant(hostId);
    }
    for (let count = 0; count < fleetCount; count += 1) {
      const fleet = await startTestFleet(etcdSource(this.etcd.endpoint));
      this.#fleets.push(fleet);
      this.pictures.push(await FleetPicture.open(fleet.address));
    }
    await this.untilRight();
  }

  /** How long the broker took, in ms. */
  async grant(hostId: string): Promise<number> {
    const askedMs = performance.now();
    const acquired = await this.broker(hostId).holder.acquire({ ttl: fromMs(600_000) });
    this.held.get(hostId)?.push(acquired);
    return performance.now() - askedMs;
  }

  async release(hostId: string): Promise<void> {
    const acquired = this.held.get(hostId)?.shift();
    if (acquired !== undefined) await this.broker(hostId).holder.release(acquired);
  }

  /** On every host a lease comes, another one is renewed, and the oldest goes. Resolves with how long each grant took. */
  async churn(): Promise<readonly number[]> {
    const grantsMs: number[] = [];
    for (const hostId of this.brokers.keys()) {
      grantsMs.push(await this.grant(hostId));
      const [first] = this.held.get(hostId) ?? [];
      if (first !== undefined) await this.broker(hostId).holder.renew(first);
      await this.release(hostId);
    }
    return grantsMs;
  }

  broker(hostId: string): PublishedBroker {
    const broker = this.brokers.get(hostId);
    if (broker === undefined) throw new Error(`there is no broker ${hostId}`);
    return broker;
  }

  /** Every fleet server shows exactly what the brokers have, all of it active, and nothing wrong. */
  async untilRight(): Promise<void> {
    for (const picture of this.pictures) {
      await picture.until("all is right", () => this.#isRight(picture));
    }
  }

  /** Every fleet server has seen that etcd is away, and every broker; what they showed is there still. */
  async untilAway(): Promise<void> {
    for (const picture of this.pictures) {
      const known = [picture.hosts.size, picture.leases.size];
      await picture.until("etcd is away", () => picture.reasons().includes("SOURCE_UNREACHABLE"));
      assert.deepEqual([picture.hosts.size, picture.leases.size], known);
    }
    for (const broker of this.brokers.values()) {
      await eventually("the broker does not reach it", async () =>
        /^portlease_fleet_publisher_connected 0$/m.test((await broker.metrics()).text),
      );
    }
  }

  /** Leases come and go before, while etcd is away, for that long at least, and notes what that costs. */
  async churnThrough({ away, back, forMs }: Outage): Promise<void> {
    const before = await this.#churns(8);
    await this.untilRight();
    await away();
    await this.untilAway();
    const untilMs = performance.now() + forMs;
    const meanwhile = await this.#churns(8);
    while (performance.now() < untilMs) {
      // An interval of a watch is the pace.
      for (const picture of this.pictures) await picture.catchUp();
      meanwhile.push(...(await this.churn()));
    }
    await back();
    const [withEtcd, without] = [median(before), median(meanwhile)];
    const times = (without / withEtcd).toFixed(1);
    console.log(
      `      a grant took ${without.toFixed(1)} ms without etcd, ${times} times what it did before`,
    );
  }

  async #churns(count: number): Promise<number[]> {
    const grantsMs: number[] = [];
    for (let round = 0; round < count; round += 1) grantsMs.push(...(await this.churn()));
    return grantsMs;
  }

  #isRight(picture: FleetPicture): boolean {
    const nothingWrong = picture.fleet?.source?.connected === true && picture.problems.length === 0;
    const active = [...picture.leases.values()].every(
      ({ state }) => state === FleetLease_State.STATE_ACTIVE,
    );
    return (
      nothingWrong &&
      active &&
      [...this.held].every(([hostId, held]) => {
        const expected = held.map(({ leaseId }) => leaseId).toSorted();
        const { state, leases } = picture.hosts.get(hostId) ?? {};
        return (
          state === Host_State.STATE_HEARD_FROM &&
          leases === expected.length &&
          picture.leaseIdsOf(hostId).join() === expected.join()
        );
      })
    );
  }

  async close(): Promise<void> {
    for (const picture of this.pictures) picture.close();
    for (const fleet of this.#fleets) await fleet.dispose();
    for (const broker of this.brokers.values()) await broker.dispose();
    await this.etcd.dispose();
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
