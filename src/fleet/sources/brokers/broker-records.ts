// From the messages of a broker's API to the records of the fleet. What they leave out stays out: holder processes, renewals.

import type { Problem } from "@portlease/proto/portlease/v1/admin_service.js";
import { Problem_Severity, ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import type { Pool, PortUsage } from "@portlease/proto/portlease/v1/pool.js";
import type {
  HostRecord,
  PoolRecord,
  ProblemRecord,
  UsageRecord,
} from "../../records/host-record.js";
import type { LeaseRecord } from "../../records/lease-record.js";
import { ttlMsMax, wallMsMax } from "../../records/record-limits.js";

/** `draining` is not told with every change of a lease, so that it is worked out from the blocks. */
export function leaseRecord(lease: Lease, draining: boolean): LeaseRecord {
  const { pool, port, portCount, holder, ttl, createTime, unprotected } = lease;
  return {
    pool,
    protocol: protocolOf(lease.protocol),
    port,
    portCount,
    service: holder?.service ?? "",
    instance: holder?.instance ?? "",
    labels: holder?.labels ?? {},
    ttlMs: within(ttlMsMax, ttl ? Number(ttl.seconds) * 1_000 + Math.round(ttl.nanos / 1e6) : 0),
    grantedWallMs: wallMsOf(createTime),
    generation: within(Number.MAX_SAFE_INTEGER, Number(lease.generation)),
    binding: bindingOf(lease.binding),
    unprotected,
    draining,
  };
}

/** Milliseconds since 1970; 0: it says none. */
export function wallMsOf(time: Date | undefined): number {
  return within(wallMsMax, time?.getTime() ?? 0);
}

/** A number from 0 to `max`: what is none at all cannot be encoded, and would spoil answers that are about all hosts. */
function within(max: number, value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(max, Math.max(0, value));
}

export function poolRecord({ pool, protocol, kind, usage, waitingRequests }: Pool): PoolRecord {
  return {
    name: pool,
    protocol: protocolOf(protocol),
    kind: kindOf(kind),
    usage: usageRecord(usage),
    waitingRequests,
  };
}

export function problemRecord(problem: Problem): ProblemRecord {
  const { reason, message, remedy, pool, blockId, port, leaseId } = problem;
  const severity = severityOf(problem.severity);
  return { severity, reason, message, remedy, pool, blockId, port, leaseId };
}

export function servingOf(state: ServingState): HostRecord["serving"] {
  switch (state) {
    case ServingState.SERVING_STATE_READ_ONLY:
      return "read-only";
    case ServingState.SERVING_STATE_STOPPING:
      return "stopped";
    default:
      return "serving";
  }
}

export function protocolOf(protocol: Protocol): PoolRecord["protocol"] {
  switch (protocol) {
    case Protocol.PROTOCOL_UDP:
      return "udp";
    case Protocol.PROTOCOL_TCP_AND_UDP:
      return "tcp-and-udp";
    default:
      return "tcp";
  }
}

function usageRecord(usage: PortUsage | undefined): UsageRecord {
  return {
    total: usage?.total ?? 0,
    free: usage?.free ?? 0,
    leased: usage?.leased ?? 0,
    quarantined: usage?.quarantined ?? 0,
    unavailable: usage?.unavailable ?? 0,
    largestFreeRun: usage?.largestFreeRun ?? 0,
  };
}

function kindOf(kind: ReservationKind): PoolRecord["kind"] {
  switch (kind) {
    case ReservationKind.RESERVATION_KIND_PERSISTENT:
      return "persistent";
    case ReservationKind.RESERVATION_KIND_RUNTIME:
      return "runtime";
    case ReservationKind.RESERVATION_KIND_ADMINISTERED:
      return "administered";
    default:
      return "held";
  }
}

function severityOf(severity: Problem_Severity): ProblemRecord["severity"] {
  switch (severity) {
    case Problem_Severity.SEVERITY_CRITICAL:
      return "critical";
    case Problem_Severity.SEVERITY_WARNING:
      return "warning";
    default:
      return "info";
  }
}

function bindingOf(binding: Binding): LeaseRecord["binding"] {
  switch (binding) {
    case Binding.BINDING_UNBOUND:
      return "unbound";
    case Binding.BINDING_BOUND:
      return "bound";
    case Binding.BINDING_STRANGER:
      return "stranger";
    case Binding.BINDING_ORPHANED:
      return "orphaned";
    default:
      return "unknown";
  }
}
