// Ports that somebody is bound to when the broker comes back: what would rest rests all the same.

import assert from "node:assert/strict";
import { restFree, restRecentlyEnded } from "#server/blocks/rest-ports.js";
import { PortBlock } from "#server/domain/port-block.js";
import type { EndedLeaseRecord } from "#server/domain/records.js";
import { BlockLab } from "../../support/block-lab.js";
import { testPolicy } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { FakeReservation } from "../../support/fake-reservation.js";
import { sampleLease } from "../../support/store-samples.js";
import { testBlock } from "../../support/test-block.js";

describe("After a restart, a port that somebody is bound to", () => {
  const policy = { ...testPolicy, quarantineMs: 60_000 };
  let clock: FakeClock;
  let reservation: FakeReservation;
  let block: PortBlock;

  beforeEach(() => {
    clock = new FakeClock();
    reservation = new FakeReservation(20_000, 2);
    reservation.inUse.add(20_000);
    const { record } = testBlock(20_000, 2, clock).block;
    block = new PortBlock(record, reservation, new Set(), clock, { publish: () => undefined });
    assert.equal(block.stateOf(20_000), "unavailable");
  });

  function passes(milliseconds: number): string {
    clock.advance(milliseconds);
    block.advance();
    return block.stateOf(20_000);
  }

  it("rests after its lease though it is let go of in between (promise 5)", () => {
    const lease = sampleLease(1, { ports: { firstPort: 20_000, lastPort: 20_000 } });
    const end: EndedLeaseRecord = { lease, reason: "expired", endedWallMs: clock.wallMs() };
    restRecentlyEnded(block, policy, [end], clock.wallMs());
    reservation.inUse.clear();
    assert.equal(passes(policy.quarantineMs - 1), "quarantined");
    assert.equal(passes(1), "free");
  });

  it("rests for the longest TTL where leases may exist that the store does not know (semantics 4)", () => {
    restFree([block], policy, 0, new BlockLab().log);
    reservation.inUse.clear();
    assert.equal(passes(policy.ttlMaxMs - 1), "quarantined");
    assert.equal(passes(1), "free");
  });

  it("is left out for as long as it is bound after that", () => {
    restFree([block], policy, 0, new BlockLab().log);
    assert.equal(passes(policy.ttlMaxMs), "unavailable");
    reservation.inUse.clear();
    assert.equal(passes(1_000), "free");
  });
});
