import assert from "node:assert/strict";
import { PortBlock } from "#server/domain/port-block.js";
import { FakeClock } from "../../support/fake-clock.js";
import { FakeReservation } from "../../support/fake-reservation.js";
import { sampleBlock } from "../../support/store-samples.js";

describe("PortBlock: ports that somebody is bound to at the start (promise 5)", () => {
  function lab() {
    const clock = new FakeClock();
    const record = sampleBlock("b");
    const { firstPort, lastPort } = record.ports;
    const reservation = new FakeReservation(firstPort, lastPort - firstPort + 1);
    reservation.inUse.add(firstPort);
    const events = { publish: () => undefined };
    const block = new PortBlock(record, reservation, new Set(), clock, events);
    /** Whoever is bound goes at once; then the time passes as the loop sees it. */
    const leaveAndPass = (milliseconds: number): void => {
      reservation.inUse.clear();
      clock.advance(milliseconds);
      block.advance();
    };
    return { block, firstPort, leaveAndPass };
  }

  it("rest as long as the lease that ended before says, though they are unbound sooner", () => {
    const { block, firstPort, leaveAndPass } = lab();
    assert.equal(block.stateOf(firstPort), "unavailable");
    block.restUnleased({ firstPort, lastPort: firstPort }, 10_000);
    leaveAndPass(9_000);
    assert.equal(block.stateOf(firstPort), "quarantined");
    leaveAndPass(1_000);
    assert.equal(block.stateOf(firstPort), "free");
  });

  it("rest like all others when leases may exist that nobody knows of (semantics 4)", () => {
    const { block, firstPort, leaveAndPass } = lab();
    block.restAllUnleased(60_000);
    leaveAndPass(59_000);
    assert.equal(block.stateOf(firstPort), "quarantined");
    assert.equal(block.usage().free, 0);
  });
});
