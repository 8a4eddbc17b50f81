// From the core's values to response messages. The only place that decides what of a lease may be seen: never a key.

import {
  BindMethod,
  Binding as WireBinding,
  Protocol as WireProtocol,
  ReservationKind as WireKind,
} from "@portlease/proto/portlease/v1/common.js";
import {
  type Holder as WireHolder,
  type Lease as WireLease,
  Lease_State,
  LeaseEndReason as WireEndReason,
  type PortReservation,
} from "@portlease/proto/portlease/v1/lease.js";
import {
  Isolation as WireIsolation,
  type PortUsage as WireUsage,
} from "@portlease/proto/portlease/v1/pool.js";
import type { AcquireLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import type { BlockReservation, Clock } from "../domain/boundaries.js";
import type { Grant } from "../domain/broker.js";
import type { GrantPlan } from "../domain/planning.js";
import type { ActiveLease } from "../domain/lease-table.js";
import type { PoolUsage } from "../domain/pool.js";
import { containsPort, eachPort, portCountOf, type PortRange } from "../domain/port-range.js";
import type {
  Binding,
  Holder,
  Isolation,
  LeaseEndReason,
  Protocol,
  ReservationKind,
} from "../domain/records.js";
import { hasTokens } from "../domain/told-reservations.js";
import { toDuration } from "./time.js";

export const wireProtocol: Readonly<Record<Protocol, WireProtocol>> = {
  tcp: WireProtocol.PROTOCOL_TCP,
  udp: WireProtocol.PROTOCOL_UDP,
  "tcp-and-udp": WireProtocol.PROTOCOL_TCP_AND_UDP,
};

export const wireKind: Readonly<Record<ReservationKind, WireKind>> = {
  persistent: WireKind.RESERVATION_KIND_PERSISTENT,
  runtime: WireKind.RESERVATION_KIND_RUNTIME,
  administered: WireKind.RESERVATION_KIND_ADMINISTERED,
  held: WireKind.RESERVATION_KIND_HELD,
};

export const wireIsolation: Readonly<Record<Isolation, WireIsolation>> = {
  shared: WireIsolation.ISOLATION_SHARED,
  "per-lease": WireIsolation.ISOLATION_PER_LEASE,
};

export const wireBindMethod: Readonly<Record<BlockReservation["bindMethod"], BindMethod>> = {
  associate: BindMethod.BIND_METHOD_ASSOCIATE,
  handoff: BindMethod.BIND_METHOD_HANDOFF,
  plain: BindMethod.BIND_METHOD_PLAIN,
  "share-port": BindMethod.BIND_METHOD_SHARE_PORT,
};

export const wireEndReason: Readonly<Record<LeaseEndReason, WireEndReason>> = {
  released: WireEndReason.LEASE_END_REASON_RELEASED,
  expired: WireEndReason.LEASE_END_REASON_EXPIRED,
  revoked: WireEndReason.LEASE_END_REASON_REVOKED,
  holder_exited: WireEndReason.LEASE_END_REASON_HOLDER_EXITED,
  never_bound: WireEndReason.LEASE_END_REASON_NEVER_BOUND,
  port_lost: WireEndReason.LEASE_END_REASON_PORT_LOST,
  caller_gone: WireEndReason.LEASE_END_REASON_CALLER_GONE,
};

export const wireBinding: Readonly<Record<Binding, WireBinding>> = {
  unknown: WireBinding.BINDING_UNSPECIFIED,
  unbound: WireBinding.BINDING_UNBOUND,
  bound: WireBinding.BINDING_BOUND,
  stranger: WireBinding.BINDING_STRANGER,
  orphaned: WireBinding.BINDING_ORPHANED,
};

export function toWireLease(lease: ActiveLease, clock: Clock): WireLease {
  const { record } = lease;
  const remainingMs = Math.max(0, lease.deadlineMs - clock.monotonicMs());
  return {
    leaseId: record.leaseId,
    pool: record.pool,
    protocol: wireProtocol[record.protocol],
    port: record.ports.firstPort,
    portCount: portCountOf(record.ports),
    state: Lease_State.STATE_ACTIVE,
    holder: toWireHolder(record.holder),
    ttl: toDuration(record.ttlMs),
    createTime: new Date(record.createdWallMs),
    renewTime: new Date(lease.renewedWallMs),
    expireTime: new Date(clock.wallMs() + remainingMs),
    remaining: toDuration(remainingMs),
    generation: BigInt(record.generation),
    revision: BigInt(record.revision),
    binding: wireBinding[record.binding],
    unprotected: isUncovered(lease.block.reservation, record.ports),
    draining: lease.block.record.draining,
    bindWithin: record.bindWithinMs === null ? undefined : toDuration(record.bindWithinMs),
    endTime: undefined,
    endReason: WireEndReason.LEASE_END_REASON_UNSPECIFIED,
  };
}

/** For many leases: the moment that it is now, asked for once. */
export function stoppedAt(clock: Clock): Clock {
  const monotonicMs = clock.monotonicMs();
  const wallMs = clock.wallMs();
  return { monotonicMs: () => monotonicMs, wallMs: () => wallMs };
}

export function toAcquireResponse(grant: Grant, clock: Clock): AcquireLeaseResponse {
  return {
    lease: toWireLease(grant.lease, clock),
    holderKey: grant.lease.holderKey,
    waitDuration: toDuration(grant.waitMs),
    reservations: toReservations(grant.lease.block.reservation, grant.lease.record.ports),
    warnings: [...grant.warnings],
  };
}

/** What validate_only answers: the lease that would have been, without id, key, generation or token. */
export function toDryResponse(dry: GrantPlan, holder: Holder): AcquireLeaseResponse {
  const { ports } = dry.taken;
  return {
    lease: {
      leaseId: "",
      pool: dry.policy.name,
      protocol: wireProtocol[dry.policy.protocol],
      port: ports.firstPort,
      portCount: portCountOf(ports),
      state: Lease_State.STATE_UNSPECIFIED,
      holder: toWireHolder(holder),
      ttl: toDuration(dry.ttlMs),
      generation: 0n,
      revision: 0n,
      binding: WireBinding.BINDING_UNSPECIFIED,
      unprotected: false,
      draining: false,
      endReason: WireEndReason.LEASE_END_REASON_UNSPECIFIED,
    },
    holderKey: "",
    waitDuration: toDuration(0),
    reservations: [],
    warnings: [...dry.warnings],
  };
}

/**
 * One entry for each token that the ports of a lease need: each says all the ports that the kernel has it for. A port that is
 * not covered has an entry of its own. Where several contain a port, the first is the one for it.
 */
export function toReservations(reservation: BlockReservation, ports: PortRange): PortReservation[] {
  const entries = new Map<string, PortReservation>();
  for (const port of eachPort(ports)) {
    for (const { protocol, kind, bindMethod, token, ...run } of reservation.reservationsOf(port)) {
      // Without a token there is nothing that covers more than the lease itself.
      const whole = { firstPort: ports.firstPort, portCount: portCountOf(ports) };
      const uncovered = { firstPort: port, portCount: 1 };
      const untied = hasTokens(reservation) ? uncovered : whole;
      const { firstPort, portCount } = token === 0n ? untied : run;
      entries.set(`${protocol} ${firstPort} ${token}`, {
        protocol: wireProtocol[protocol],
        kind: wireKind[kind],
        firstPort,
        portCount,
        token,
        bindMethod: wireBindMethod[bindMethod],
      });
    }
  }
  return [...entries.values()].toSorted((a, b) => a.portCount - b.portCount);
}

export function toWireUsage(usage: PoolUsage): WireUsage {
  return { ...usage };
}

export function toWireHolder(holder: Holder): WireHolder {
  const { service, instance, labels, process } = holder;
  return {
    service,
    instance,
    labels: { ...labels },
    process: process === null ? undefined : { ...process, startTime: process.startTime ?? "" },
  };
}

function isUncovered(reservation: BlockReservation, ports: PortRange): boolean {
  return reservation.uncoveredPorts().some((port) => containsPort(ports, port));
}
