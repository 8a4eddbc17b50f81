// What is wrong with one host: what its broker says, and what only the fleet sees.

import type { ProblemRecord } from "../records/host-record.js";
import type { FleetHost, FleetProblem, ProbeOutcome } from "./fleet-entities.js";
import type { HostEntry } from "./host-entry.js";

/** Hosts that keep their clocks by a time service are apart by far less; what is said takes a second to be heard. */
export const skewMsMax = 30_000;
/** A clock that was further ahead than that is right again from here on: a lead about the limit must not come and go. */
export const skewOverMs = 15_000;
/** What is said of a lead stays while the lead differs by less: each record is heard a little sooner or later than the one before. */
const leadChangeMsMin = 60_000;

/**
 * The lead of a host's clock that is told, in ms; 0: none. `toldMs`: that was told before, `aheadMs`: by how much the clock was ahead when
 * it said its last record.
 */
export function toldLeadMs(toldMs: number, aheadMs: number): number {
  if (aheadMs <= (toldMs > 0 ? skewOverMs : skewMsMax)) return 0;
  return toldMs > 0 && Math.abs(aheadMs - toldMs) < leadChangeMsMin ? toldMs : aheadMs;
}

/** A problem of which only this is known. */
export function plainProblem(
  parts: Pick<ProblemRecord, "message" | "reason" | "remedy" | "severity">,
): ProblemRecord {
  return { ...parts, pool: "", blockId: "", port: 0, leaseId: "" };
}

/**
 * What its broker says is wrong, in its order. What it said before it was stopped is wrong no more; what one said that is not heard from
 * may well be.
 */
export function saidProblems({ state, record }: FleetHost): readonly ProblemRecord[] {
  return state === "stopped" ? [] : (record?.problems ?? []);
}

/** In no order. */
export function problemsOfHost(host: HostEntry): readonly FleetProblem[] {
  const { hostId, state, leadMs } = host;
  if (state === "stopped") return [];
  const problems = [...saidProblems(host)];
  if (state === "not-heard-from") problems.push(notHeardFrom(host));
  if (leadMs > 0) problems.push(clockSkewed(hostId, leadMs));
  return problems.map((problem) => ({ hostId, problem }));
}

interface Finding {
  readonly severity: ProblemRecord["severity"];
  /** As the rest of a sentence. */
  readonly says: string;
  readonly remedy: (host: HostEntry) => string;
}

const findings: Readonly<Record<ProbeOutcome | "untried", Finding>> = {
  untried: {
    severity: "warning",
    says: "nobody has knocked at its address yet",
    remedy: ({ hostId }) => `portlease fleet host ${hostId}`,
  },
  "broker-answers": {
    severity: "warning",
    says: "its broker's address answers, so the broker seems to run without reaching what the fleet server listens to",
    remedy: ({ hostId }) => `see what the broker on ${hostId} says: portlease doctor, and its log`,
  },
  "host-answers": {
    severity: "critical",
    says: "the host answers and nothing listens at its broker's address, so the broker seems to be down",
    remedy: ({ hostId }) => `start the broker on ${hostId}: portlease serve`,
  },
  "no-answer": {
    severity: "critical",
    says: "nothing answers at its address, so the host seems to be down, or the network or a firewall is in between",
    remedy: ({ hostId }) => `see after the host; gone for good: portlease fleet forget ${hostId}`,
  },
  unknown: {
    severity: "warning",
    says: "whether its broker or the host itself is down cannot be told, since it says no address that can be tried",
    remedy: ({ hostId }) => `see after the host; gone for good: portlease fleet forget ${hostId}`,
  },
};

/** Says no age: it would change all the time. */
function notHeardFrom(host: HostEntry): ProblemRecord {
  const { severity, says, remedy } = findings[host.probe?.outcome ?? "untried"];
  return plainProblem({
    severity,
    reason: "HOST_NOT_HEARD_FROM",
    message: `${host.hostId} is not heard from: ${says}`,
    remedy: remedy(host),
  });
}

function clockSkewed(hostId: string, leadMs: number): ProblemRecord {
  const minutes = Math.round(leadMs / 60_000);
  const lead = minutes < 2 ? "more than half a minute" : `about ${minutes} minutes`;
  return plainProblem({
    severity: "warning",
    reason: "CLOCK_SKEWED",
    message: `the clock of ${hostId} is ${lead} ahead of this one, so its times and the ages of its leases are wrong`,
    remedy: `see that both hosts keep their clocks by a time service`,
  });
}
