import assert from "node:assert/strict";
import { firstRevision } from "#server/store/first-revision.js";
import { MemoryStore } from "#server/store/memory-store.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { ScriptedStore } from "../../support/scripted-store.js";

const policy = { size: 1, quarantineMs: 0 };

/** Leases the only port and gives it back; resolves with its generation. */
async function leaseOnce({ broker }: BrokerFixture): Promise<number> {
  const { lease } = await broker.acquire(request());
  await broker.release(lease.record.leaseId, lease.holderKey, false);
  return lease.record.generation;
}

describe("Generations (semantics 4)", () => {
  it("rise with each lease of a port, also across a restart", async () => {
    const fixture = await brokerFixture({ policy });
    const first = await leaseOnce(fixture);
    const second = await leaseOnce(fixture);
    const restarted = await brokerFixture({ policy, clock: fixture.clock, store: fixture.store });
    const third = await leaseOnce(restarted);
    assert.ok(first < second && second < third, `${first}, ${second}, ${third}`);
  });

  it("are not reset when the block is removed and reserved again", async () => {
    const fixture = await brokerFixture({ policy });
    const { broker, block, clock, store } = fixture;
    const before = await leaseOnce(fixture);
    await broker.blocks.setDraining(block, true);
    broker.advance();
    await settle();
    assert.equal(broker.blocks.served.length, 0);
    const again = await brokerFixture({ policy, clock, store });
    assert.ok((await leaseOnce(again)) > before);
  });

  it("do not go back when the data directory is lost, as long as the wall clock goes on", async () => {
    const clock = new FakeClock();
    const newStore = (): ScriptedStore =>
      new ScriptedStore(new MemoryStore({ firstRevision: firstRevision(clock.wallMs()) }));
    const fixture = await brokerFixture({ policy, clock, store: newStore() });
    let before = 0;
    for (let turn = 0; turn < 100; turn += 1) before = await leaseOnce(fixture);
    clock.advance(1);
    const replaced = await brokerFixture({ policy, clock, store: newStore() });
    assert.ok((await leaseOnce(replaced)) > before);
  });
});
