// What an operator is told of the core's events that are no changes of leases: how bad it is, a word for programs, a sentence.

import type { BrokerEvent } from "../domain/events.js";
import { formatPortRange, portCountOf } from "../domain/port-range.js";
import type { Severity } from "./problem.js";

export interface Notice {
  readonly severity: Severity;
  /** Upper snake case; never changes once published. */
  readonly reason: string;
  readonly message: string;
  /** Empty: about none. */
  readonly blockId: string;
  /** 0: about none. */
  readonly port: number;
}

/** `null` for changes of leases, which are told from the store, and for what is meant for holders alone. */
export function toNotice(event: BrokerEvent): Notice | null {
  switch (event.type) {
    case "lease_granted":
    case "lease_ttl_changed":
    case "lease_observed":
    case "lease_ended":
    case "lease_drain_asked":
    case "lease_reservation_changed":
      return null;
    case "block_changed":
    case "block_removed":
    case "block_not_removed":
    case "block_drifted":
    case "pool_not_grown":
      return blockNotice(event);
    case "pool_adjusted": {
      const { pool } = event.adjustment;
      const message = `an operator changed pool "${pool}" beyond its configuration`;
      return notice("info", "POOL_ADJUSTED", message, {});
    }
    case "lease_unprotected":
    case "port_contested":
    case "port_in_use":
      return portNotice(event);
    case "stalled":
    case "store_failed":
    case "store_recovered":
    case "audit_blind":
      return brokerNotice(event);
  }
}

type EventOf<Type extends BrokerEvent["type"]> = Extract<BrokerEvent, { readonly type: Type }>;

function blockNotice(
  event: EventOf<
    "block_changed" | "block_removed" | "block_not_removed" | "block_drifted" | "pool_not_grown"
  >,
): Notice {
  switch (event.type) {
    case "block_changed": {
      const { blockId, pool, ports, draining } = event.block;
      const range = formatPortRange(ports);
      const what = draining ? "is being drained" : "is recorded";
      const message = `block ${blockId} (${range}, ${portCountOf(ports)} ports of pool "${pool}") ${what}`;
      return notice("info", draining ? "BLOCK_DRAINING" : "BLOCK_RECORDED", message, { blockId });
    }
    case "block_removed": {
      const { blockId } = event;
      const message = `block ${blockId} was given back to the operating system`;
      return notice("info", "BLOCK_REMOVED", message, { blockId });
    }
    case "block_not_removed": {
      const { blockId, reason, retryInMs } = event;
      const message = `block ${blockId} could not be given back: ${reason}; tried again in ${seconds(retryInMs)}`;
      return notice("warning", "BLOCK_NOT_REMOVED", message, { blockId });
    }
    case "block_drifted": {
      const { blockId, detail, repaired } = event;
      const ports = event.ports.map(formatPortRange).join(", ");
      return repaired
        ? notice(
            "info",
            "BLOCK_REPAIRED",
            `ports ${ports} were lost and are held again: ${detail}`,
            {
              blockId,
            },
          )
        : notice("warning", "BLOCK_DRIFTED", `ports ${ports} are not held any more: ${detail}`, {
            blockId,
          });
    }
    case "pool_not_grown": {
      const { pool, portCount, reason, retryInMs } = event;
      const message = `pool "${pool}" could not grow by ${portCount} ports: ${reason}; tried again in ${seconds(retryInMs)}`;
      return notice("warning", "POOL_NOT_GROWN", message, {});
    }
  }
}

function portNotice(
  event: EventOf<"lease_unprotected" | "port_contested" | "port_in_use">,
): Notice {
  const { port } = event;
  switch (event.type) {
    case "lease_unprotected": {
      const message = `leased port ${port} cannot be covered for now: ${event.reason}`;
      return notice("warning", "LEASE_UNPROTECTED", message, { port });
    }
    case "port_contested": {
      const message = `several processes listen on leased port ${port}: ${event.detail}`;
      return notice("warning", "PORT_CONTESTED", message, { port });
    }
    case "port_in_use": {
      const message = `free port ${port} is in use by a process without a lease and is left out: ${event.reason}`;
      return notice("warning", "PORT_IN_USE", message, { port });
    }
  }
}

function brokerNotice(
  event: EventOf<"stalled" | "store_failed" | "store_recovered" | "audit_blind">,
): Notice {
  switch (event.type) {
    case "stalled": {
      const message = `the broker did not run for ${seconds(event.gapMs)} (busy, stopped, or the host slept); leases were extended by that time`;
      return notice("warning", "STALLED", message, {});
    }
    case "store_failed": {
      const message = `the store cannot write, so nothing is granted until it can; renewals go on: ${event.reason}`;
      return notice("critical", "STORE_FAILED", message, {});
    }
    case "store_recovered": {
      const message = `the store works again, at revision ${event.revision}`;
      return notice("info", "STORE_RECOVERED", message, {});
    }
    case "audit_blind": {
      const message = `the audit sees nothing: the socket tables cannot be read: ${event.reason}`;
      return notice("warning", "AUDIT_BLIND", message, {});
    }
  }
}

function notice(
  severity: Severity,
  reason: string,
  message: string,
  about: Partial<Pick<Notice, "blockId" | "port">>,
): Notice {
  return { severity, reason, message: shortened(message), blockId: "", port: 0, ...about };
}

/** The ports of a block that is lost port by port would fill pages. */
const messageLengthMax = 1_000;

function shortened(text: string): string {
  return text.length <= messageLengthMax ? text : `${text.slice(0, messageLengthMax - 1)}…`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
