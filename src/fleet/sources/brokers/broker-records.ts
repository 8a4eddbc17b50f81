// From the messages of a broker's API to the records of the fleet, within the bounds that records have. What they leave out stays out:
// holder processes, renewals.

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
import {
  leaseIdLengthMax,
  nameLengthMax,
  poolNameLengthMax,
  problemTextLengthMax,
  ttlMsMax,
  wordLengthMax,
} from "../../records/record-limits.js";
import {
  countWithin,
  highestPort,
  labelsWithin,
  reasonWithin,
  textWithin,
  wallMsWithin,
  wholeWithin,
} from "./within-bounds.js";

/** `draining` is not told with every change of a lease, so that it is worked out from the blocks. */
export function leaseRecord(lease: Lease, draining: boolean): LeaseRecord {
  const { pool, holder, ttl, unprotected } = lease;
  const port = wholeWithin(lease.port, 1, highestPort);
  return {
    pool: textWithin(pool, poolNameLengthMax),
    protocol: protocolOf(lease.protocol),
    port,
    portCount: wholeWithin(lease.portCount, 1, highestPort - port + 1),
    service: textWithin(holder?.service ?? "", nameLengthMax),
    instance: textWithin(holder?.instance ?? "", nameLengthMax),
    labels: labelsWithin(holder?.labels ?? {}),
    ttlMs: wholeWithin(
      Number(ttl?.seconds ?? 0n) * 1_000 + Math.round((ttl?.nanos ?? 0) / 1e6),
      1,
      ttlMsMax,
    ),
    grantedWallMs: wallMsWithin(lease.createTime),
    generation: wholeWithin(Number(lease.generation), 0, Number.MAX_SAFE_INTEGER),
    binding: bindingOf(lease.binding),
    unprotected,
    draining,
  };
}

export function poolRecord({ pool, protocol, kind, usage, waitingRequests }: Pool): PoolRecord {
  return {
    name: textWithin(pool, poolNameLengthMax),
    protocol: protocolOf(protocol),
    kind: kindOf(kind),
    usage: usageRecord(usage),
    waitingRequests: countWithin(waitingRequests),
  };
}

export function problemRecord(problem: Problem): ProblemRecord {
  return {
    severity: severityOf(problem.severity),
    reason: reasonWithin(problem.reason),
    message: textWithin(problem.message, problemTextLengthMax),
    remedy: textWithin(problem.remedy, problemTextLengthMax),
    pool: textWithin(problem.pool, wordLengthMax),
    blockId: textWithin(problem.blockId, wordLengthMax),
    port: wholeWithin(problem.port, 0, highestPort),
    leaseId: textWithin(problem.leaseId, leaseIdLengthMax),
  };
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
    total: countWithin(usage?.total ?? 0),
    free: countWithin(usage?.free ?? 0),
    leased: countWithin(usage?.leased ?? 0),
    quarantined: countWithin(usage?.quarantined ?? 0),
    unavailable: countWithin(usage?.unavailable ?? 0),
    largestFreeRun: countWithin(usage?.largestFreeRun ?? 0),
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
