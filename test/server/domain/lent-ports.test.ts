// When a block is told that a port is its lessee's to bind: from the grant to the end of the lease, and never longer.

import assert from "node:assert/strict";
import { bands } from "#server/domain/bands.js";
import { PortBlock } from "#server/domain/port-block.js";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import { FakeClock } from "../../support/fake-clock.js";
import { testBlock } from "../../support/test-block.js";

describe("The ports of a block that are lent", () => {
  it("are those that are leased, after the operating system was asked", () => {
    const { block, reservation } = testBlock(20_000, 4, new FakeClock());
    reservation.inUse.add(20_000);
    const taken = block.take(1, leastRecentlyUsed, bands.dynamic);
    assert.deepEqual(taken, { firstPort: 20_001, lastPort: 20_001 });
    assert.deepEqual([...reservation.lent], [20_001]);
  });

  it("come back with the end of the lease, before they have rested", () => {
    const { block, reservation } = testBlock(20_000, 4, new FakeClock());
    block.claim({ firstPort: 20_000, lastPort: 20_001 });
    block.rest({ firstPort: 20_000, lastPort: 20_000 }, 5_000);
    block.rest({ firstPort: 20_001, lastPort: 20_001 }, 0);
    assert.deepEqual([...reservation.lent], []);
  });

  it("come back when the grant is undone, also of one that rested before", () => {
    const { block, reservation } = testBlock(20_000, 4, new FakeClock());
    const ports = { firstPort: 20_000, lastPort: 20_000 };
    block.claim(ports);
    block.rest(ports, 5_000, "its own");
    assert.deepEqual(block.takeExactly(ports, "its own"), ports);
    assert.deepEqual([...reservation.lent], [20_000]);
    block.putBack(ports);
    assert.equal(block.stateOf(20_000), "quarantined");
    assert.deepEqual([...reservation.lent], []);
  });

  it("are lent again to the leases that come from before a restart", () => {
    const { block, reservation } = testBlock(20_000, 4, new FakeClock());
    const again = new PortBlock(block.record, reservation, new Set([20_002]), new FakeClock(), {
      publish: () => undefined,
    });
    assert.equal(again.leasedCount, 1);
    assert.deepEqual([...reservation.lent], [20_002]);
  });
});
