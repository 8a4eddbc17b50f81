// What happened, in words: one line for each event of the broker.

import type { BrokerEvent, LeaseEvent } from "../api/messages.js";
import { durationMs, enumText, holderText, portsText, spanText } from "./format.js";
import { type Level, levelOf } from "./verdict.js";

export interface EventText {
  readonly time: string | undefined;
  readonly level: Level;
  /** One or two words. */
  readonly kind: string;
  readonly text: string;
  /** The ports that it is about, "" for none. */
  readonly ports: string;
  /** Empty: it is about no lease. */
  readonly leaseId: string;
}

export function eventText({ eventTime, lease, notice }: BrokerEvent): EventText {
  if (notice !== undefined) {
    const { severity, reason, message } = notice;
    return {
      time: eventTime,
      level: levelOf(severity),
      kind: enumText(reason, ""),
      text: message,
      ports: "",
      leaseId: "",
    };
  }
  if (lease === undefined) {
    return { time: eventTime, level: "info", kind: "event", text: "", ports: "", leaseId: "" };
  }
  const subject = lease.lease;
  const { kind, level, change } = leaseChange(lease);
  const holder = subject === undefined ? "" : holderText(subject);
  // A TTL is of interest on the lease's own page.
  const more = lease.type === "TYPE_GRANTED" ? "" : change;
  return {
    time: eventTime ?? lease.eventTime,
    level,
    kind,
    text: [holder, more, lease.detail].filter((part) => part !== "").join(", "),
    ports: subject === undefined ? "" : portsText(subject.port, subject.portCount),
    leaseId: subject?.leaseId ?? "",
  };
}

export interface LeaseChange {
  readonly kind: string;
  readonly level: Level;
  /** What more there is to say. May be empty. */
  readonly change: string;
}

export function leaseChange({ type, lease }: LeaseEvent): LeaseChange {
  const ttlMs = durationMs(lease?.ttl);
  const ttl = ttlMs === null ? "" : `TTL ${spanText(ttlMs)}`;
  switch (type) {
    case "TYPE_GRANTED":
      return { kind: "granted", level: "info", change: ttl };
    case "TYPE_TTL_CHANGED":
      return { kind: "TTL changed", level: "info", change: ttl };
    case "TYPE_ENDED":
      return endOf(lease?.endReason ?? "");
    case "TYPE_BINDING_CHANGED":
      return bindingOf(lease?.binding ?? "");
    case "TYPE_PROTECTION_CHANGED":
      return lease?.unprotected === true
        ? { kind: "unprotected", level: "warning", change: "the reservation does not cover it now" }
        : { kind: "protected", level: "info", change: "the reservation covers it again" };
    case "TYPE_UNSPECIFIED":
      return { kind: "changed", level: "info", change: "" };
  }
}

/** Ends that nobody wished for are worth a look. */
function endOf(reason: string): LeaseChange {
  const kind = enumText(reason, "LEASE_END_REASON_");
  if (kind === "port lost") return { kind, level: "critical", change: "" };
  const isPlain = kind === "released" || kind === "revoked" || kind === "caller gone";
  return { kind, level: isPlain ? "info" : "warning", change: "" };
}

function bindingOf(binding: string): LeaseChange {
  const kind = enumText(binding, "BINDING_");
  const isWrong = kind === "stranger" || kind === "orphaned";
  return { kind, level: isWrong ? "critical" : "info", change: "" };
}
