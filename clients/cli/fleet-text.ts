// How hosts, their leases and their problems look to people: one row in a list.

import { Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { Binding, Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  type FleetLease,
  FleetLease_State,
  type FleetProblem,
  type Host,
  Host_Probe,
  Host_State,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { durationText, portsText, word } from "./lease-text.js";
import { usedText, usedTone } from "./pool-view.js";
import type { Column } from "./table.js";
import type { Tone } from "./terminal/paint.js";
import { bindingTones, severityTones } from "./terminal/tones.js";

export const hostColumns: readonly Column<Host>[] = [
  { heading: "HOST", text: ({ hostId }) => hostId },
  { heading: "STATE", text: hostStateText, tone: ({ state }) => hostTones[state] },
  {
    heading: "USED",
    text: ({ usage }) => usedText(usage),
    tone: ({ usage }) => usedTone(usage),
    align: "right",
  },
  { heading: "PORTS", text: ({ usage }) => String(usage?.total ?? 0), align: "right", cut: 2 },
  { heading: "FREE", text: ({ usage }) => String(usage?.free ?? 0), align: "right", cut: 3 },
  { heading: "LEASES", text: ({ leases }) => String(leases), align: "right" },
  { heading: "PROBLEMS", text: problemsText, tone: problemsTone },
  { heading: "LAST HEARD", text: ({ lastHeardTime }) => timeText(lastHeardTime), cut: 1 },
  { heading: "ADDRESS", text: ({ address }) => address || "-", wide: true },
  { heading: "VERSION", text: ({ version }) => version || "-", wide: true },
  { heading: "PLATFORM", text: ({ platform }) => platform || "-", wide: true },
  { heading: "LABELS", text: ({ labels }) => labelsText(labels), wide: true, cut: 0 },
];

export const fleetLeaseColumns: readonly Column<FleetLease>[] = [
  { heading: "HOST", text: ({ hostId }) => hostId },
  { heading: "PORT", text: portsText },
  { heading: "PROTOCOL", text: ({ protocol }) => word(Protocol, "PROTOCOL_", protocol), cut: 3 },
  { heading: "SERVICE", text: ({ service }) => service || "(unnamed)", cut: 5 },
  { heading: "INSTANCE", text: ({ instance }) => instance || "-", cut: 2 },
  { heading: "POOL", text: ({ pool }) => pool, cut: 4 },
  { heading: "STATE", text: leaseStateText, tone: leaseTone },
  { heading: "TTL", text: ({ ttl }) => durationText(ttl) ?? "-", wide: true },
  { heading: "GRANTED", text: ({ createTime }) => timeText(createTime), wide: true },
  { heading: "LABELS", text: ({ labels }) => labelsText(labels), wide: true, cut: 0 },
  // Last, and whole: it is what the host's own commands are given.
  { heading: "LEASE", text: ({ leaseId }) => leaseId },
];

export const fleetProblemColumns: readonly Column<FleetProblem>[] = [
  {
    heading: "SEVERITY",
    text: ({ problem }) => word(Problem_Severity, "SEVERITY_", problem?.severity ?? 0),
    tone: ({ problem }) => severityTones[problem?.severity ?? 0],
  },
  { heading: "HOST", text: ({ hostId }) => hostId || "(the fleet)" },
  { heading: "REASON", text: ({ problem }) => problem?.reason ?? "" },
  { heading: "WHAT", text: ({ problem }) => problem?.message ?? "", cut: 1 },
  { heading: "TO DO", text: ({ problem }) => problem?.remedy || "-", cut: 0 },
];

export const hostTones: Readonly<Record<Host_State, Tone | null>> = {
  [Host_State.STATE_UNSPECIFIED]: null,
  [Host_State.STATE_HEARD_FROM]: "well",
  [Host_State.STATE_NOT_HEARD_FROM]: "critical",
  [Host_State.STATE_STOPPED]: "quiet",
  [Host_State.UNRECOGNIZED]: null,
};

const probeTexts: Readonly<Record<Host_Probe, string>> = {
  [Host_Probe.PROBE_UNSPECIFIED]: "",
  [Host_Probe.PROBE_BROKER_ANSWERS]: "broker answers",
  [Host_Probe.PROBE_HOST_ANSWERS]: "broker down",
  [Host_Probe.PROBE_NO_ANSWER]: "no answer",
  [Host_Probe.PROBE_UNKNOWN]: "cannot be tried",
  [Host_Probe.UNRECOGNIZED]: "",
};

/** "not-heard-from (broker down)" */
export function hostStateText({ state, probe }: Host): string {
  const found = probeTexts[probe];
  return `${word(Host_State, "STATE_", state)}${found === "" ? "" : ` (${found})`}`;
}

/** "stale for 3m", else what the operating system says of the port. */
export function leaseStateText(lease: FleetLease): string {
  if (lease.state === FleetLease_State.STATE_STALE) {
    const age = durationText(lease.staleAge);
    return age === null ? "stale" : `stale for ${age}`;
  }
  if (lease.unprotected) return "unprotected";
  if (lease.draining) return "draining";
  return lease.binding === Binding.BINDING_UNSPECIFIED
    ? "active"
    : word(Binding, "BINDING_", lease.binding);
}

export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? "-" : pairs.join(" ");
}

export function timeText(time: Date | undefined): string {
  return time?.toISOString() ?? "-";
}

function leaseTone(lease: FleetLease): Tone | null {
  if (lease.state === FleetLease_State.STATE_STALE) return "quiet";
  if (lease.unprotected) return "unprotected";
  return lease.draining ? "draining" : bindingTones[lease.binding];
}

function problemsText({ problems }: Host): string {
  const [worst] = problems;
  if (worst === undefined) return "-";
  return problems.length === 1 ? worst.reason : `${worst.reason} +${problems.length - 1}`;
}

/** That of the worst, which is the first. */
function problemsTone({ problems: [worst] }: Host): Tone | null {
  return worst === undefined ? null : severityTones[worst.severity];
}
