// The state of the host in one sentence, and how bad it is: what one reads in three seconds.

import type { Broker, Problem, Severity } from "../api/messages.js";
import { countText, plural } from "./format.js";
import { sentence } from "./remedy.js";

export type Level = "well" | "info" | "warning" | "critical" | "unknown";

export interface Verdict {
  readonly level: Level;
  /** Two or three words. */
  readonly title: string;
  /** A sentence with the numbers. May be empty. */
  readonly detail: string;
  /** The problem that it tells, to be told no second time; `null` when it tells none. */
  readonly problem: Problem | null;
}

/** What the reasons of problems are called in the title; others are put into words as they are. */
const titles: Readonly<Record<string, string>> = {
  READ_ONLY: "Read-only",
  POOL_FULL: "Full",
  POOL_NEARLY_FULL: "Nearly full",
  QUARANTINE_HIGH: "Many ports in quarantine",
  PORT_TAKEN_BY_STRANGER: "Stranger on a leased port",
  LEASE_UNPROTECTED: "Unprotected leases",
  PORTS_UNAVAILABLE: "Ports out of use",
  BLOCK_DRAINING: "Draining",
  HOST_NOT_HEARD_FROM: "Not heard from",
  SOURCE_UNREACHABLE: "No news of the hosts",
  ENTRIES_UNREADABLE: "Unreadable entries",
  CLOCK_SKEWED: "Clock far off",
};

export function verdictOf(broker: Broker | null): Verdict {
  if (broker === null) return { level: "unknown", title: "Connecting", detail: "", problem: null };
  const [worst] = broker.problems;
  if (broker.servingState === "SERVING_STATE_READ_ONLY" && worst?.reason !== "READ_ONLY") {
    const detail = sentence(broker.servingDetail);
    return { level: "critical", title: "Read-only", detail, problem: null };
  }
  if (broker.servingState === "SERVING_STATE_STOPPING" && worst?.reason !== "STOPPING") {
    const detail = sentence(broker.servingDetail);
    return { level: "warning", title: "Stopping", detail, problem: null };
  }
  if (worst === undefined) {
    return { level: "well", title: "All well", detail: wellDetail(broker), problem: null };
  }
  return {
    level: levelOf(worst.severity),
    title: problemTitle(worst),
    detail: sentence(worst.message),
    problem: worst,
  };
}

export function problemTitle({ reason }: Problem): string {
  const known = titles[reason];
  if (known !== undefined) return known;
  const words = reason.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function levelOf(severity: Severity): Level {
  switch (severity) {
    case "SEVERITY_CRITICAL":
      return "critical";
    case "SEVERITY_WARNING":
      return "warning";
    case "SEVERITY_INFO":
    case "SEVERITY_UNSPECIFIED":
      return "info";
  }
}

function wellDetail({ activeLeases, usage }: Broker): string {
  const leases = plural(activeLeases, "lease");
  if (usage === undefined) return `${leases}.`;
  return `${leases}, ${countText(usage.free)} of ${plural(usage.total, "port")} free.`;
}
