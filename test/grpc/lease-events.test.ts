import assert from "node:assert/strict";
import { Binding } from "@portlease/proto/portlease/v1/common.js";
import { LeaseEndReason, Lease_State } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseEvent_Type as Type } from "@portlease/proto/portlease/v1/lease_event.js";
import type { Change } from "#server/domain/records.js";
import { toLeaseEvent, toRebuiltGrant } from "#server/grpc/lease-events.js";
import {
  adjusted,
  ended,
  granted,
  sampleBlock,
  sampleLease,
  sampleWallMs,
} from "../support/store-samples.js";

const lease = sampleLease(7, { binding: "stranger", covered: false });
const event = (change: Change) => toLeaseEvent({ revision: 9, wallMs: sampleWallMs, change });

describe("The event of a change", () => {
  for (const [change, type] of [
    [granted(lease), "TYPE_GRANTED"],
    [{ type: "lease_ttl_changed", lease }, "TYPE_TTL_CHANGED"],
    [{ type: "lease_observed", aspect: "binding", lease }, "TYPE_BINDING_CHANGED"],
    [{ type: "lease_observed", aspect: "protection", lease }, "TYPE_PROTECTION_CHANGED"],
    [ended(lease), "TYPE_ENDED"],
  ] as const) {
    it(`of type ${change.type} is ${type}, with its revision, its time and the lease`, () => {
      const told = event(change);
      assert.equal(told?.type, Type[type]);
      assert.equal(told.revision, 9n);
      assert.equal(told.eventTime?.getTime(), sampleWallMs);
      assert.equal(told.lease?.leaseId, lease.leaseId);
      assert.equal(told.lease.generation, 7n);
      assert.equal(told.lease.binding, Binding.BINDING_STRANGER);
      assert.equal(told.lease.unprotected, true);
    });
  }

  it("is none for what is only the broker's own business", () => {
    const changes: readonly Change[] = [
      { type: "lease_checkpointed", lease },
      { type: "lease_forgotten", generation: 7 },
      { type: "block_changed", block: sampleBlock("a") },
      { type: "block_removed", blockId: "a" },
      adjusted("default", { unpinned: [20_000] }),
    ];
    for (const change of changes) assert.equal(event(change), null, change.type);
  });

  it("shows an ended lease with its end, at the revision of its end", () => {
    const told = event(ended(lease))?.lease;
    assert.equal(told?.state, Lease_State.STATE_ENDED);
    assert.equal(told.endReason, LeaseEndReason.LEASE_END_REASON_RELEASED);
    assert.equal(told.endTime?.getTime(), sampleWallMs);
    assert.equal(told.revision, 9n);
    assert.deepEqual(told.remaining, { seconds: 0n, nanos: 0 });
  });

  it("says who took a lease back, and why", () => {
    const revocation = { actor: "token:ops", reason: "the rack is moved" };
    const record = { lease, reason: "revoked" as const, endedWallMs: sampleWallMs, revocation };
    const told = event({ type: "lease_ended", ended: record, remember: false });
    assert.deepEqual([told?.actor, told?.detail], ["token:ops", "the rack is moved"]);
    assert.deepEqual([event(ended(lease))?.actor, event(ended(lease))?.detail], ["", ""]);
  });

  it("shows nothing that only a moment shows", () => {
    const told = event(granted(lease))?.lease;
    assert.deepEqual(
      [told?.renewTime, told?.expireTime, told?.remaining],
      [undefined, undefined, undefined],
    );
  });

  it("can be rebuilt for a grant that is forgotten", () => {
    const told = toRebuiltGrant({ ...lease, revision: 8 });
    assert.equal(told.type, Type.TYPE_GRANTED);
    assert.equal(told.revision, 7n);
    assert.equal(told.eventTime?.getTime(), lease.createdWallMs);
    assert.equal(told.lease?.revision, 7n);
    assert.equal(told.lease.binding, Binding.BINDING_UNSPECIFIED);
    assert.equal(told.lease.unprotected, false);
  });
});
