// What the host's record says of the broker: put together of what the core, the configuration and the listeners know.

import type { PoolRecord, ProblemRecord } from "../../fleet/records/host-record.js";
import {
  addressLengthMax,
  brokerAddressesMax,
  poolsMax,
  problemTextLengthMax,
  urlLengthMax,
} from "../../fleet/records/record-limits.js";
import type { Broker } from "../domain/broker.js";
import type { Pool } from "../domain/pool.js";
import { findProblems } from "../live/find-problems.js";
import type { Problem } from "../live/problem.js";
import type { GrantMinutes } from "./grant-minutes.js";
import type { HostFacts } from "./host-report.js";

export interface HostFactsParts {
  readonly broker: Broker;
  /** What is known of the host without looking. */
  readonly host: Omit<HostFacts, "grants" | "pools" | "problems" | "serving">;
  /** What keeps the audit log from being written; `null`: nothing. */
  readonly auditLogProblem: string | null;
  readonly grants: GrantMinutes;
}

/** Linear in the leases. What is longer than a record may be is left out or cut. */
export function hostFacts({ broker, host, auditLogProblem, grants }: HostFactsParts): HostFacts {
  const addresses = host.brokerAddresses.filter(({ length }) => length <= addressLengthMax);
  return {
    ...host,
    brokerAddresses: addresses.slice(0, brokerAddressesMax),
    dashboardUrl: host.dashboardUrl.length <= urlLengthMax ? host.dashboardUrl : "",
    serving: broker.readOnlyReason === null ? "serving" : "read-only",
    pools: broker.pools
      .toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1))
      .slice(0, poolsMax)
      .map((pool) => poolRecord(pool, broker)),
    problems: findProblems(broker, auditLogProblem).map(problemRecord),
    grants: grants.counts,
  };
}

function poolRecord(pool: Pool, broker: Broker): PoolRecord {
  const { name, protocol, kind } = pool.policy;
  const { total, free, leased, quarantined, unavailable, largestFreeRun } = pool.usage();
  return {
    name,
    protocol,
    kind,
    usage: { total, free, leased, quarantined, unavailable, largestFreeRun },
    waitingRequests: broker.waiterCountOf(name),
  };
}

function problemRecord(problem: Problem): ProblemRecord {
  const { severity, reason, message, remedy, pool, blockId, port, leaseId } = problem;
  const cut = (text: string): string => text.slice(0, problemTextLengthMax);
  return {
    severity,
    reason,
    message: cut(message),
    remedy: cut(remedy),
    pool,
    blockId,
    port,
    leaseId,
  };
}
