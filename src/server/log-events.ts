// What the log says of each event of the core. Grants and ends are debug: at thousands a second nobody wants them by default.

import type { BrokerEvent } from "./domain/events.js";
import { formatPortRange } from "./domain/port-range.js";
import type { ExpiredLeasesLog } from "./expired-leases-log.js";
import type { Log } from "./log.js";
import { logBlockEvent } from "./log-block-events.js";

/** `expired` has lines of its own for leases that ran out. */
export function logEvent(log: Log, expired: ExpiredLeasesLog, event: BrokerEvent): void {
  switch (event.type) {
    case "lease_granted":
    case "lease_ttl_changed": {
      const { leaseId, ports, holder, ttlMs, pool } = event.lease;
      const { service, instance } = holder;
      const fields = { leaseId, ports: formatPortRange(ports), pool, service, instance, ttlMs };
      log.debug(event.type === "lease_granted" ? "lease granted" : "lease ttl changed", fields);
      return;
    }
    case "lease_observed": {
      const { lease, aspect, detail } = event;
      const { leaseId, ports, binding, covered } = lease;
      const fields = { leaseId, ports: formatPortRange(ports), binding, covered, detail };
      const alarm = aspect === "binding" && (binding === "stranger" || binding === "orphaned");
      if (alarm) log.warn("a leased port is bound by somebody else than its holder", fields);
      else log.debug("what the operating system says of a lease changed", fields);
      return;
    }
    case "lease_ended": {
      const { lease, reason, revocation } = event.ended;
      const fields = { leaseId: lease.leaseId, ports: formatPortRange(lease.ports), reason };
      if (revocation !== undefined) {
        log.info("an operator took a lease back", {
          ...fields,
          caller: revocation.actor,
          reason: revocation.reason,
        });
      } else if (reason === "expired") expired.expired(lease);
      else log.debug("lease ended", fields);
      return;
    }
    case "lease_unprotected": {
      const { leaseId, port, reason } = event;
      log.warn(
        "a leased port is not covered and cannot be for now; its lease goes on unprotected",
        { leaseId, port, reason },
      );
      return;
    }
    case "lease_drain_asked":
      // The block's own line says it for all of them.
      return;
    case "block_changed":
    case "block_removed":
    case "block_not_removed":
    case "pool_adjusted":
    case "pool_not_grown":
      logBlockEvent(log, event);
      return;
    case "stalled":
    case "store_failed":
    case "store_recovered":
      logCondition(log, event);
      return;
    case "lease_reservation_changed": {
      const { leaseId, port } = event;
      log.info("a leased port is reserved anew; its holder is told", { leaseId, port });
      return;
    }
    case "port_contested":
    case "block_drifted":
    case "audit_blind":
      logAuditEvent(log, event);
      return;
    case "port_in_use":
      log.warn("a free port is in use by a process without a lease; it is left out", {
        port: event.port,
        reason: event.reason,
      });
      return;
  }
}

type Condition = Extract<BrokerEvent, { type: "stalled" | "store_failed" | "store_recovered" }>;

/** What is said of the broker itself. */
function logCondition(log: Log, event: Condition): void {
  switch (event.type) {
    case "stalled":
      log.warn(
        "the broker did not run for durationMs (busy, stopped, or the host slept); leases were extended by that time",
        { durationMs: Math.round(event.gapMs) },
      );
      return;
    case "store_failed":
      log.error("the store cannot write: no grants until it can; renewals go on", {
        reason: event.reason,
      });
      return;
    case "store_recovered":
      log.info("the store works again", { revision: event.revision });
      return;
  }
}

type AuditEvent = Extract<
  BrokerEvent,
  { readonly type: "port_contested" | "block_drifted" | "audit_blind" }
>;

function logAuditEvent(log: Log, event: AuditEvent): void {
  switch (event.type) {
    case "port_contested": {
      const { leaseId, port, detail } = event;
      log.warn("several processes listen on one leased port", { leaseId, port, reason: detail });
      return;
    }
    case "block_drifted": {
      const { blockId, detail, repaired } = event;
      const ports = event.ports.map(formatPortRange).join(", ");
      const fields = { blockId, ports, reason: detail };
      if (repaired) log.warn("ports of a block were lost and are held again", fields);
      else log.error("the operating system does not hold ports of a block any more", fields);
      return;
    }
    case "audit_blind":
      log.warn("the audit sees nothing: the socket tables cannot be read", {
        reason: event.reason,
      });
      return;
  }
}
