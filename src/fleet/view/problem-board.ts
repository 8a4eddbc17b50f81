// What is wrong in the whole fleet, the worst first: put together when somebody asks, and not again before something has changed.

import type { ProblemRecord } from "../records/host-record.js";
import type { FleetProblem } from "./fleet-entities.js";
import type { HostEntry } from "./host-entry.js";

const severityRank: Readonly<Record<ProblemRecord["severity"], number>> = {
  critical: 0,
  warning: 1,
  info: 2,
};
/** Within one severity: the fleet's own, strangers, full pools with a line, full pools, the rest. */
const kindsOfProblems = 5;

export class ProblemBoard {
  #sorted: readonly FleetProblem[] | null = [];

  /** Something has changed. */
  invalidate(): void {
    this.#sorted = null;
  }

  /** The same array for as long as nothing has changed. `hosts`: in their order. */
  worstFirst(own: readonly FleetProblem[], hosts: Iterable<HostEntry>): readonly FleetProblem[] {
    this.#sorted ??= sorted(own, hosts);
    return this.#sorted;
  }
}

/** Each rank in the order of the hosts, and as each broker has them. */
function sorted(own: readonly FleetProblem[], hosts: Iterable<HostEntry>): readonly FleetProblem[] {
  const ranks: FleetProblem[][] = [];
  const put = (rank: number, problem: FleetProblem): void => {
    (ranks[rank] ??= []).push(problem);
  };
  for (const problem of own) put(rankOf(problem, null), problem);
  for (const host of hosts) {
    for (const problem of host.problems) put(rankOf(problem, host), problem);
  }
  return ranks.flat();
}

/** The problems of one host, the worst first. */
export function worstFirst(
  problems: readonly FleetProblem[],
  host: HostEntry | null,
): readonly FleetProblem[] {
  return problems.toSorted((one, other) => rankOf(one, host) - rankOf(other, host));
}

function rankOf({ problem }: FleetProblem, host: HostEntry | null): number {
  return severityRank[problem.severity] * kindsOfProblems + kindOf(problem, host);
}

function kindOf({ reason, pool }: ProblemRecord, host: HostEntry | null): number {
  if (host === null) return 0;
  if (reason === "PORT_TAKEN_BY_STRANGER") return 1;
  if (reason !== "POOL_FULL") return 4;
  const line = host.record?.pools.some(
    ({ name, waitingRequests }) => name === pool && waitingRequests > 0,
  );
  return line === true ? 2 : 3;
}
