// What live views show as messages: runs of ports, problems, and things that have happened.

import {
  type BrokerEvent as WireEvent,
  type PortRun as WireRun,
  PortState as WireState,
  type Problem as WireProblem,
  Problem_Severity as WireSeverity,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { LiveEvent } from "../live/live-events.js";
import { portStates } from "../live/port-states.js";
import type { Problem, Severity } from "../live/problem.js";
import type { StateRun } from "../live/state-runs.js";
import { toLeaseEvent } from "./lease-events.js";

const wireStates: ReadonlyMap<number, WireState> = new Map([
  [portStates.free, WireState.PORT_STATE_FREE],
  [portStates.pinned, WireState.PORT_STATE_PINNED],
  [portStates.quarantined, WireState.PORT_STATE_QUARANTINED],
  [portStates.leased, WireState.PORT_STATE_LEASED],
  [portStates.bound, WireState.PORT_STATE_BOUND],
  [portStates.unprotected, WireState.PORT_STATE_UNPROTECTED],
  [portStates.unavailable, WireState.PORT_STATE_UNAVAILABLE],
  [portStates.stranger, WireState.PORT_STATE_STRANGER],
]);

export function toWireRun({ blockId, firstPort, portCount, state }: StateRun): WireRun {
  const wireState = wireStates.get(state) ?? WireState.PORT_STATE_UNSPECIFIED;
  return { blockId, firstPort, portCount, state: wireState };
}

const wireSeverity: Readonly<Record<Severity, WireSeverity>> = {
  info: WireSeverity.SEVERITY_INFO,
  warning: WireSeverity.SEVERITY_WARNING,
  critical: WireSeverity.SEVERITY_CRITICAL,
};

export function toWireProblem(problem: Problem): WireProblem {
  return { ...problem, severity: wireSeverity[problem.severity] };
}

/** `null` for a change that is no event of a lease. */
export function toWireEvent({ wallMs, change, notice }: LiveEvent): WireEvent | null {
  const eventTime = new Date(wallMs);
  if (notice !== null) {
    const value = { ...notice, severity: wireSeverity[notice.severity] };
    return { eventTime, event: { $case: "notice", value } };
  }
  const value = toLeaseEvent(change);
  return value === null ? null : { eventTime, event: { $case: "lease", value } };
}
