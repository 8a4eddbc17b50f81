// The problems of the fleet, those first that hurt somebody now, and the same of many hosts as one.

import type { Problem } from "../../api/messages.js";
import type { FleetProblem, FleetProblems } from "../api/fleet-messages.js";
import { groupBy } from "./group-by.js";

/** The same reason of one or more hosts. */
export interface ProblemGroup {
  readonly reason: string;
  /** The first of them, as the fleet server orders them. */
  readonly first: Problem;
  /** The hosts that have it, each once; empty for what the fleet itself has. */
  readonly hostIds: readonly string[];
  readonly count: number;
}

/** What is wrong with a service now comes before what may become so; and a source that is not heard before all, since then nothing is known. */
const firstReasons = [
  "SOURCE_UNREACHABLE",
  "PORT_TAKEN_BY_STRANGER",
  "POOL_FULL",
  "HOST_NOT_HEARD_FROM",
];

const severities = ["SEVERITY_CRITICAL", "SEVERITY_WARNING", "SEVERITY_INFO"];

export function problemGroups({ problems }: FleetProblems): readonly ProblemGroup[] {
  const groups = groupBy(problems, ({ problem }) => problem?.reason);
  return [...groups.values()].flatMap(toGroup).toSorted(byUrgency);
}

function toGroup(members: readonly FleetProblem[]): readonly ProblemGroup[] {
  const first = members[0]?.problem;
  if (first === undefined) return [];
  const hostIds = new Set(members.map(({ hostId }) => hostId).filter((hostId) => hostId !== ""));
  return [{ reason: first.reason, first, hostIds: [...hostIds], count: members.length }];
}

/** The order of the fleet server is kept where this says nothing: sorting is stable. */
function byUrgency(a: ProblemGroup, b: ProblemGroup): number {
  return rank(a) - rank(b);
}

function rank({ reason, first }: ProblemGroup): number {
  const place = firstReasons.indexOf(reason);
  return place >= 0 ? place : firstReasons.length + severities.indexOf(first.severity);
}
