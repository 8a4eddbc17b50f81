import assert from "node:assert/strict";
import type { ActiveLease } from "#server/domain/lease-table.js";
import { MemoryStore } from "#server/store/memory-store.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { ScriptedStore } from "../../support/scripted-store.js";

const count = 10_000;
/** The ends that go to disk together, and those that wait meanwhile. */
const underWayMax = 1_000;

/** A store whose commits land one by one, when told to. */
class SteppedStore extends ScriptedStore {
  #commits: (() => void)[] = [];
  stepped = false;

  get waiting(): number {
    return this.#commits.length;
  }

  override async commit(batch: Parameters<ScriptedStore["commit"]>[0]): Promise<void> {
    if (this.stepped) await new Promise<void>((resolve) => this.#commits.push(resolve));
    await super.commit(batch);
  }

  landOne(): void {
    this.#commits.shift()?.();
  }
}

describe("Broker: a whole pool that expires in the same second", () => {
  async function expiring(): Promise<{
    readonly fixture: BrokerFixture;
    readonly store: SteppedStore;
    readonly kept: readonly ActiveLease[];
    readonly renewKept: () => Promise<unknown>;
  }> {
    const store = new SteppedStore(new MemoryStore());
    const fixture = await brokerFixture({ policy: { size: count + 200 }, store });
    const { broker, clock } = fixture;
    const acquire = async (leases: number): Promise<readonly ActiveLease[]> =>
      (await Promise.all(Array.from({ length: leases }, () => broker.acquire(request())))).map(
        ({ lease }) => lease,
      );
    await acquire(count);
    const kept = await acquire(200);
    const renewKept = (): Promise<unknown> =>
      Promise.all(kept.map((lease) => broker.renew(lease.record.leaseId, lease.holderKey, null)));
    clock.advance(10_000);
    await renewKept();
    clock.advance(10_000);
    await renewKept();
    clock.advance(9_999);
    while (broker.advance() === 0) await settle();
    await settle();
    clock.advance(1);
    await renewKept();
    store.batches.length = 0;
    store.stepped = true;
    return { fixture, store, kept, renewKept };
  }

  it("is drained in bounded steps, and every renewal of the others is answered between two of them", async () => {
    const { fixture, store, kept, renewKept } = await expiring();
    const { broker, clock } = fixture;
    broker.advance();
    let steps = 0;
    for (await settle(); store.waiting > 0; steps += 1) {
      // A slow disk: the kept leases run through several of their TTLs meanwhile.
      clock.advance(10_000);
      broker.advance();
      await renewKept();
      store.landOne();
      await settle();
    }
    assert.ok(steps >= count / underWayMax);
    assert.equal(broker.leaseCount, kept.length);
    assert.ok(store.batches.every((batch) => batch.length <= underWayMax));
    assert.deepEqual(
      new Set(store.batches.flat().map(({ change }) => change.type)),
      new Set(["lease_ended"]),
    );
  });

  it("lets another change wait for a few steps at most", async () => {
    const { fixture, store } = await expiring();
    const { broker } = fixture;
    broker.advance();
    await settle();
    const [lease] = broker.leases();
    assert.ok(lease !== undefined);
    const release = broker.release(lease.record.leaseId, lease.holderKey, false);
    const ended = (): boolean =>
      fixture.events.some(
        (event) => event.type === "lease_ended" && event.ended.reason === "released",
      );
    for (let steps = 0; !ended(); steps += 1) {
      assert.ok(steps <= 3, "everything else goes first");
      store.landOne();
      await settle();
    }
    await release;
  });

  it("has nothing to do by the clock while it waits for the disk", async () => {
    const { fixture, store } = await expiring();
    const { broker } = fixture;
    broker.advance();
    await settle();
    assert.equal(store.waiting, 1);
    assert.notEqual(broker.advance(), 0, "a loop that spins");
  });

  it("expires nothing twice and goes on after a store that failed in the middle of it", async () => {
    const { fixture, store, kept } = await expiring();
    const { broker, clock } = fixture;
    broker.advance();
    await settle();
    store.landOne();
    await settle();
    store.failure = "after";
    store.landOne();
    await settle();
    assert.notEqual(broker.readOnlyReason, null);
    store.failure = "none";
    store.stepped = false;
    for (let turn = 0; turn < 20; turn += 1) {
      clock.advance(100);
      broker.advance();
      await settle();
    }
    assert.equal(broker.leaseCount, kept.length);
    const ended = fixture.events.flatMap((event) =>
      event.type === "lease_ended" ? [event.ended.lease.leaseId] : [],
    );
    assert.equal(new Set(ended).size, ended.length);
  });
});
