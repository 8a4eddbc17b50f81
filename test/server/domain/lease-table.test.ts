import assert from "node:assert/strict";
import { activeLease } from "#server/domain/active-lease.js";
import { type ActiveLease, LeaseTable } from "#server/domain/lease-table.js";
import { PortBlock } from "#server/domain/port-block.js";
import { FakeClock } from "../../support/fake-clock.js";
import { FakeReservation } from "../../support/fake-reservation.js";
import { sampleBlock, sampleLease } from "../../support/store-samples.js";

const events = { publish: () => undefined };
const reservation = new FakeReservation(20_000, 1);
const block = new PortBlock(sampleBlock("b"), reservation, new Set(), new FakeClock(), events);

function lease(generation: number, deadlineMs: number): ActiveLease {
  return activeLease({
    record: sampleLease(generation),
    block,
    holderKey: "",
    deadlineMs,
    unrenewedGraceMs: null,
    renewedWallMs: 0,
    told: null,
    warnings: [],
  });
}

describe("LeaseTable", () => {
  it("gives leases as they expire and as they are to be looked at, each by its own time", () => {
    const table = new LeaseTable();
    const [a, b] = [lease(1, 20), lease(2, 10)];
    for (const each of [a, b]) table.add(each);
    table.setCheckpoint(a, 5);
    table.setCheckpoint(b, 6);
    assert.deepEqual([table.nextDeadlineMs, table.nextCheckpointMs], [10, 5]);
    assert.equal(table.popCheckpoint(6), a);
    assert.equal(table.popExpired(10), b);
    assert.equal(table.popExpired(10), null);
    assert.equal(table.popCheckpoint(6), b);
  });

  it("leaves the times of others alone when one that is gone is renewed or looked at", () => {
    const table = new LeaseTable();
    const gone = lease(1, 10);
    table.add(gone);
    table.remove(gone);
    const next = lease(2, 20);
    table.add(next);
    table.setCheckpoint(next, 15);
    table.setDeadline(gone, 1_000);
    table.setCheckpoint(gone, 1_000);
    table.stopExpiry(gone);
    table.remove(gone);
    assert.equal(gone.deadlineMs, 1_000);
    assert.deepEqual([table.nextDeadlineMs, table.nextCheckpointMs], [20, 15]);
    assert.equal(table.popExpired(20), next);
    assert.equal(table.popCheckpoint(15), next);
    assert.equal(table.popExpired(Infinity), null);
  });
});
