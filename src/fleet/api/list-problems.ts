// ListProblems: a page of what is wrong, in the view's own order. It changes with what is wrong: a page goes on after the last problem
// of the page before, or where that one stood when it is mended.

import type {
  ListProblemsRequest,
  ListProblemsResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { fieldInvalid } from "../../server/domain/refusals.js";
import {
  decodePosition,
  encodePosition,
  pageSize,
  pageTokenOfAnother,
} from "../../server/grpc/page.js";
import type { ProblemRecord } from "../records/host-record.js";
import type { FleetProblem } from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { fittingMessages } from "./fitting-messages.js";
import { toWireFleetProblem } from "./wire-fleet.js";

const list = "fleet-problems";

/** What is at least so bad; each row has those of the rows above it. */
const atLeast: ReadonlyMap<Problem_Severity, ReadonlySet<ProblemRecord["severity"]>> = new Map([
  [Problem_Severity.SEVERITY_CRITICAL, new Set(["critical"] as const)],
  [Problem_Severity.SEVERITY_WARNING, new Set(["critical", "warning"] as const)],
  [Problem_Severity.SEVERITY_INFO, new Set(["critical", "warning", "info"] as const)],
  [Problem_Severity.SEVERITY_UNSPECIFIED, new Set(["critical", "warning", "info"] as const)],
]);

export function listProblems(
  view: FleetReader,
  request: ListProblemsRequest,
): ListProblemsResponse {
  const { hostId, minSeverity, pageToken } = request;
  const severities = atLeast.get(minSeverity);
  if (severities === undefined) {
    throw fieldInvalid("min_severity", `is ${minSeverity}, which is no severity of this API`);
  }
  const all = hostId === "" ? view.problems() : view.problemsOf(hostId);
  const found = all.filter(({ problem }) => severities.has(problem.severity));
  const asked = [hostId, minSeverity];
  const start = startOf(found, decodePosition(list, asked, pageToken));
  const wanted = found.slice(start, start + pageSize(request.pageSize));
  const problems = fittingMessages(wanted.map(toWireFleetProblem));
  const end = start + problems.length;
  const last = found[end - 1];
  return {
    problems,
    nextPageToken:
      end < found.length && last !== undefined
        ? encodePosition(list, asked, [end, nameOf(last)])
        : "",
    totalSize: found.length,
  };
}

function startOf(found: readonly FleetProblem[], position: readonly unknown[] | null): number {
  if (position === null) return 0;
  const [end, name] = position;
  if (typeof end !== "number" || !Number.isSafeInteger(end) || end < 0) throw pageTokenOfAnother();
  const isLast = (problem: FleetProblem | undefined): boolean =>
    problem !== undefined && nameOf(problem) === name;
  // Where it was is looked first: a broker may say two of one name, and the first of them would be found for ever.
  if (isLast(found[end - 1])) return end;
  const at = found.findIndex(isLast);
  return at < 0 ? Math.min(end, found.length) : at + 1;
}

/** Tells it from others, but those that its broker says twice, also when its text has changed. */
function nameOf({ hostId, problem }: FleetProblem): string {
  const { reason, pool, blockId, port, leaseId } = problem;
  return JSON.stringify([hostId, reason, pool, blockId, port, leaseId]);
}
