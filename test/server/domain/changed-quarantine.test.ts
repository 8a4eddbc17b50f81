// Rests that are under way when the quarantine of their pool changes.

import assert from "node:assert/strict";
import { Pool, type PoolPolicy } from "#server/domain/pool.js";
import { testPolicy } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { testBlock } from "../../support/test-block.js";

const capped: Partial<PoolPolicy> = { quarantineShareMax: 0.25, quarantineFloorMs: 2_000 };

class Fixture {
  readonly clock = new FakeClock();
  readonly #block = testBlock(20_000, 4, this.clock).block;
  readonly pool: Pool;

  constructor(policy: Partial<PoolPolicy> = {}) {
    this.pool = new Pool({ ...testPolicy, ...policy }, [this.#block]);
  }

  rest(port: number): void {
    this.#block.rest({ firstPort: port, lastPort: port }, this.pool.policy.quarantineMs);
    this.pool.advance();
  }

  change(policy: Partial<PoolPolicy>): void {
    this.pool.changePolicy({ ...this.pool.policy, ...policy });
  }

  /** How many rest so much later. */
  restingAfter(ms: number): number {
    this.clock.advance(ms);
    this.pool.advance();
    return this.pool.usage().quarantined;
  }
}

describe("A rest under way when the quarantine changes", () => {
  it("is as long as the new quarantine, counted from the end of the lease", () => {
    const fixture = new Fixture();
    fixture.rest(20_000);
    fixture.clock.advance(1_000);
    fixture.rest(20_001);
    fixture.change({ quarantineMs: 3_000 });
    assert.equal(fixture.restingAfter(1_999), 2);
    assert.equal(fixture.restingAfter(1), 1);
    assert.equal(fixture.restingAfter(1_000), 0);
  });

  it("is over when the new quarantine is", () => {
    const fixture = new Fixture();
    fixture.rest(20_000);
    fixture.clock.advance(1_000);
    fixture.change({ quarantineMs: 0 });
    assert.equal(fixture.restingAfter(0), 0);
  });

  it("gets longer with it, and is then cut to the new floor, not by more", () => {
    const fixture = new Fixture(capped);
    fixture.rest(20_000);
    fixture.change({ quarantineMs: 60_000, quarantineFloorMs: 10_000 });
    fixture.clock.advance(1_000);
    fixture.rest(20_001);
    assert.equal(fixture.restingAfter(8_999), 2, "the older one is cut to ten seconds");
    assert.equal(fixture.restingAfter(1), 1);
    assert.equal(fixture.restingAfter(50_999), 1);
    assert.equal(fixture.restingAfter(1), 0);
  });

  it("keeps its time when it was cut already", () => {
    const fixture = new Fixture(capped);
    fixture.rest(20_000);
    fixture.rest(20_001);
    fixture.change({ quarantineMs: 3_000 });
    assert.equal(fixture.restingAfter(1_999), 2);
    assert.equal(fixture.restingAfter(1), 1);
    assert.equal(fixture.restingAfter(1_000), 0);
  });

  it("that began for an unknown past keeps its time", () => {
    const fixture = new Fixture();
    for (const block of fixture.pool.blocks) block.restAllUnleased(60_000);
    fixture.change({ quarantineMs: 0 });
    assert.equal(fixture.restingAfter(59_999), 4);
    assert.equal(fixture.restingAfter(1), 0);
  });
});
