// From a change on disk to the event of the API. One way for live changes and for those of history, so that a watch that
// resumes is told exactly what it would have been told before.

import { Lease_State, LeaseEndReason, type Lease } from "@portlease/proto/portlease/v1/lease.js";
import { type LeaseEvent, LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { portCountOf } from "../domain/port-range.js";
import type { EndedLeaseRecord, LeaseRecord, SealedChange } from "../domain/records.js";
import { toWireHolder, wireBinding, wireEndReason, wireProtocol } from "./convert.js";
import { toDuration } from "./time.js";

/** `null` for what is no event: changes of blocks and pools, checkpoints, forgotten requests (semantics.md 3). */
export function toLeaseEvent(sealed: SealedChange): LeaseEvent | null {
  const { change } = sealed;
  switch (change.type) {
    case "lease_granted":
      return event(sealed, LeaseEvent_Type.TYPE_GRANTED, toPastLease(change.lease));
    case "lease_ttl_changed":
      return event(sealed, LeaseEvent_Type.TYPE_TTL_CHANGED, toPastLease(change.lease));
    case "lease_observed": {
      const type =
        change.aspect === "binding"
          ? LeaseEvent_Type.TYPE_BINDING_CHANGED
          : LeaseEvent_Type.TYPE_PROTECTION_CHANGED;
      return event(sealed, type, toPastLease(change.lease));
    }
    case "lease_ended": {
      const { ended } = change;
      return {
        ...event(sealed, LeaseEvent_Type.TYPE_ENDED, toEndedLease(ended, sealed.revision)),
        actor: ended.revocation?.actor ?? "",
        detail: ended.revocation?.reason ?? "",
      };
    }
    case "lease_checkpointed":
    case "lease_forgotten":
    case "block_changed":
    case "block_removed":
    case "pool_adjusted":
      return null;
  }
}

/** The grant of a lease, made of a later record of it: all of a grant but its TTL stays as it was. */
export function toRebuiltGrant(lease: LeaseRecord): LeaseEvent {
  const { generation: revision, createdWallMs: wallMs } = lease;
  const granted = { ...lease, revision, binding: "unknown", covered: true } as const;
  return {
    ...event({ revision, wallMs }, LeaseEvent_Type.TYPE_GRANTED, toPastLease(granted)),
    detail: "the grant is older than the kept history; this is what a later record says of it",
  };
}

function event(
  { revision, wallMs }: Pick<SealedChange, "revision" | "wallMs">,
  type: LeaseEvent_Type,
  lease: Lease,
): LeaseEvent {
  return {
    revision: BigInt(revision),
    eventTime: new Date(wallMs),
    type,
    lease,
    actor: "",
    detail: "",
  };
}

/** The lease as it ended, at that revision. */
export function toEndedLease(ended: EndedLeaseRecord, revision: number): Lease {
  return {
    ...toPastLease({ ...ended.lease, revision }),
    state: Lease_State.STATE_ENDED,
    remaining: toDuration(0),
    endTime: new Date(ended.endedWallMs),
    endReason: wireEndReason[ended.reason],
  };
}

/** Without what only a moment shows: renew_time, expire_time, remaining and draining are unset. */
function toPastLease(lease: LeaseRecord): Lease {
  return {
    leaseId: lease.leaseId,
    pool: lease.pool,
    protocol: wireProtocol[lease.protocol],
    port: lease.ports.firstPort,
    portCount: portCountOf(lease.ports),
    state: Lease_State.STATE_ACTIVE,
    holder: toWireHolder(lease.holder),
    ttl: toDuration(lease.ttlMs),
    createTime: new Date(lease.createdWallMs),
    renewTime: undefined,
    expireTime: undefined,
    remaining: undefined,
    generation: BigInt(lease.generation),
    revision: BigInt(lease.revision),
    binding: wireBinding[lease.binding],
    unprotected: !lease.covered,
    draining: false,
    bindWithin: lease.bindWithinMs === null ? undefined : toDuration(lease.bindWithinMs),
    endTime: undefined,
    endReason: LeaseEndReason.LEASE_END_REASON_UNSPECIFIED,
  };
}
