import assert from "node:assert/strict";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import { Pool, type PoolPolicy, type TakenPorts } from "#server/domain/pool.js";
import { testPolicy } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { testBlock } from "../../support/test-block.js";

const capped: PoolPolicy = {
  ...testPolicy,
  quarantineMs: 5_000,
  quarantineShareMax: 0.25,
  quarantineFloorMs: 1_000,
};
const wish = { portCount: 1, claimant: { service: "orders", instance: "" } };

class Fixture {
  readonly clock = new FakeClock();
  readonly blocks = [testBlock(20_000, 4, this.clock), testBlock(30_000, 4, this.clock)];
  readonly pool: Pool;

  constructor(policy: PoolPolicy = capped) {
    this.pool = new Pool(
      policy,
      this.blocks.map(({ block }) => block),
    );
  }

  take(): TakenPorts {
    return this.pool.take(wish, leastRecentlyUsed, this.clock.monotonicMs());
  }

  end({ block, ports }: TakenPorts): void {
    block.rest(ports, this.pool.policy.quarantineMs);
    this.pool.advance();
  }

  after(ms: number): { readonly quarantined: number; readonly free: number } {
    this.clock.advance(ms);
    this.pool.advance();
    const { quarantined, free } = this.pool.usage();
    return { quarantined, free };
  }
}

describe("The share of a pool that rests", () => {
  it("rests in full while it is small enough", () => {
    const fixture = new Fixture();
    const taken = [fixture.take(), fixture.take()];
    for (const ports of taken) fixture.end(ports);
    assert.deepEqual(fixture.after(4_999), { quarantined: 2, free: 6 });
    assert.deepEqual(fixture.after(1), { quarantined: 0, free: 8 });
  });

  it("is cut for the oldest, in whichever block they are, when there are more", () => {
    const fixture = new Fixture();
    const taken = Array.from({ length: 8 }, () => fixture.take());
    for (const ports of [...taken.slice(5, 6), ...taken.slice(0, 2)]) {
      fixture.end(ports);
      fixture.clock.advance(1_000);
    }
    const [first, second] = fixture.blocks;
    assert.deepEqual(fixture.after(0), { quarantined: 2, free: 1 });
    assert.equal(second?.block.stateOf(30_001), "free");
    assert.equal(first?.block.stateOf(20_000), "quarantined");
  });

  it("is never cut below the floor, however many rest", () => {
    const fixture = new Fixture();
    const taken = Array.from({ length: 8 }, () => fixture.take());
    for (const ports of taken) fixture.end(ports);
    assert.deepEqual(fixture.after(999), { quarantined: 8, free: 0 });
    assert.deepEqual(fixture.after(1), { quarantined: 2, free: 6 });
    assert.deepEqual(fixture.after(4_000), { quarantined: 0, free: 8 });
  });

  it("says when the next cut rest ends, so that somebody looks then", () => {
    const fixture = new Fixture();
    const taken = Array.from({ length: 4 }, () => fixture.take());
    for (const ports of taken) fixture.end(ports);
    const nextMs = fixture.blocks[0]?.block.nextDeadlineMs ?? 0;
    assert.equal(nextMs - fixture.clock.monotonicMs(), 1_000);
  });

  it("is one port at least, so that a pool of few ports has a rest at all", () => {
    const clock = new FakeClock();
    const { block } = testBlock(20_000, 1, clock);
    const pool = new Pool(capped, [block]);
    block.rest(pool.take(wish, leastRecentlyUsed, 0).ports, 5_000);
    clock.advance(4_999);
    pool.advance();
    assert.equal(block.stateOf(20_000), "quarantined");
  });

  it("does not make a port free that somebody is bound to: it is looked at before it is granted", () => {
    const fixture = new Fixture({ ...capped, size: 8 });
    const taken = Array.from({ length: 8 }, () => fixture.take());
    for (const { reservation } of fixture.blocks) reservation.inUse.add(reservation.firstPort);
    for (const ports of taken) fixture.end(ports);
    fixture.after(1_000);
    assert.equal(fixture.blocks[0]?.block.stateOf(20_000), "unavailable");
    const given = Array.from({ length: 4 }, () => fixture.take().ports.firstPort);
    assert.ok(!given.includes(20_000), String(given));
  });

  it("leaves alone what rests because leases may exist that nobody knows of (semantics 4)", () => {
    const fixture = new Fixture();
    for (const { block } of fixture.blocks) block.restAllIdle(60_000);
    assert.deepEqual(fixture.after(59_999), { quarantined: 8, free: 0 });
    assert.deepEqual(fixture.after(1), { quarantined: 0, free: 8 });
  });

  it("lets ports that rest after a lease rest longer when leases may exist that nobody knows of", () => {
    const fixture = new Fixture();
    fixture.end(fixture.take());
    for (const { block } of fixture.blocks) block.restAllIdle(60_000);
    assert.deepEqual(fixture.after(5_000), { quarantined: 8, free: 0 });
  });
});
