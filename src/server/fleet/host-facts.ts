// What the host's record says of the broker: put together of what the core, the configuration and the listeners know.

import type { HostRecord, PoolRecord, ProblemRecord } from "../../fleet/records/host-record.js";
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
import type { HostWhereabouts } from "./whereabouts.js";

export interface HostFactsParts {
  readonly broker: Broker;
  /** Does not change while the broker runs. */
  readonly identity: Pick<
    HostRecord,
    "hostName" | "brokerId" | "version" | "platform" | "startedWallMs"
  >;
  /** As they are configured now. */
  readonly configured: () => Pick<HostRecord, "address" | "labels">;
  readonly whereabouts: () => HostWhereabouts;
  readonly auditLogProblem: () => string | null;
  readonly grants: GrantMinutes;
}

/** Linear in the leases. */
export function hostFacts(parts: HostFactsParts): HostFacts {
  const { broker, whereabouts } = parts;
  const { address, labels } = parts.configured();
  const { brokerAddresses, dashboardUrl } = whereabouts();
  const reached = brokerAddresses.filter((text) => text.length <= addressLengthMax);
  return {
    ...parts.identity,
    address,
    labels,
    brokerAddresses: reached.slice(0, brokerAddressesMax),
    dashboardUrl: dashboardUrl.length <= urlLengthMax ? dashboardUrl : "",
    serving: broker.readOnlyReason === null ? "serving" : "read-only",
    pools: broker.pools
      .toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1))
      .slice(0, poolsMax)
      .map((pool) => poolRecord(pool, broker)),
    problems: findProblems(broker, parts.auditLogProblem()).map(problemRecord),
    grants: parts.grants.counts,
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
