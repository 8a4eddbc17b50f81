// The problems of the fleet, those first that hurt somebody now, and the same of many hosts as one.

import type { Problem } from "../../api/messages.js";
import { ended, sentence } from "../../model/remedy.js";
import type { FleetProblem, Host } from "../api/fleet-messages.js";
import type { FleetState } from "./fleet-state.js";
import { groupBy } from "./group-by.js";
import { probeText, silenceSeverity } from "./host-words.js";

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

/** All that is known: the fleet server sends the worst of them, and each host has its own. */
export function allProblems({
  problems,
  hosts,
}: Pick<FleetState, "problems" | "hosts">): readonly FleetProblem[] {
  const told = problems.problems;
  if (told.length >= problems.totalSize) return told;
  const known = new Set(told.map(problemKey));
  const others = hosts
    .flatMap((host) => ownProblems(host).map((problem) => ({ hostId: host.hostId, problem })))
    .filter((each) => !known.has(problemKey(each)));
  return [...told, ...others];
}

/** What is wrong, with the host where the message does not name it. */
export function messageText({ hostId, problem }: FleetProblem): string {
  const message = problem?.message ?? "";
  if (hostId === "") return sentence(message);
  if (message.startsWith(hostId)) return ended(message);
  return message.includes(hostId) ? sentence(message) : ended(`${hostId}: ${message}`);
}

/** Tells it from every other one. */
export function problemKey({ hostId, problem }: FleetProblem): string {
  const { reason, pool, blockId, port, leaseId } = problem ?? {};
  return [hostId, reason, pool, blockId, port, leaseId].join(" ");
}

/** What its broker said, and that it says nothing any more. */
function ownProblems(host: Host): readonly Problem[] {
  if (host.state === "STATE_STOPPED") return [];
  if (host.state !== "STATE_NOT_HEARD_FROM") return host.problems;
  const silence: Problem = {
    severity: silenceSeverity(host),
    reason: "HOST_NOT_HEARD_FROM",
    message: `${host.hostId} is not heard from: ${probeText(host)}`,
    remedy: "",
    pool: "",
    blockId: "",
    port: 0,
    leaseId: "",
  };
  return [...host.problems, silence];
}

export function problemGroups(problems: readonly FleetProblem[]): readonly ProblemGroup[] {
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
