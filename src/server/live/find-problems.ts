// What is wrong with the broker now, the worst first: looked up in what the core knows, each time anew. Words it for people, with
// the numbers and the command that mends it.

import type { Broker } from "../domain/broker.js";
import type { IdleBlock } from "../domain/idle-blocks.js";
import type { Pool } from "../domain/pool.js";
import type { PortBlock } from "../domain/port-block.js";
import { eachPort, formatPortRange, portCountOf } from "../domain/port-range.js";
import { type FoundProblem, type Problem, ProblemList } from "./problem.js";

/** A pool of which no larger share can be leased is nearly full: the same at which one that may grow does so. */
export const nearlyFullShare = 0.1;
/** More at rest than this: the quarantine is longer than the pool has room for. */
export const restingShareMax = 0.3;

/** What of the core is looked at. */
export type ProblemSources = Pick<
  Broker,
  | "auditBlind"
  | "blocks"
  | "driftOf"
  | "policies"
  | "pools"
  | "readOnlyReason"
  | "recordedLeases"
  | "stopping"
  | "waiterCountOf"
>;

/**
 * Linear in the leases of the broker. `auditLogProblem`: what keeps the audit log from being written; `fleetProblem`: what keeps the
 * fleet from hearing of the broker; `null`: nothing.
 */
export function findProblems(
  broker: ProblemSources,
  auditLogProblem: string | null = null,
  fleetProblem: FoundProblem | null = null,
): readonly Problem[] {
  const problems = new ProblemList();
  if (auditLogProblem !== null) addAuditLog(problems, auditLogProblem);
  addBroker(problems, broker);
  if (fleetProblem !== null) problems.add(fleetProblem.severity, () => fleetProblem.parts);
  for (const pool of broker.pools) {
    const { name } = pool.policy;
    addPool(problems, pool, broker.waiterCountOf(name));
    for (const { message } of broker.policies.misfitsOf(name)) addMisfit(problems, name, message);
  }
  for (const block of broker.blocks.served) addBlock(problems, block, broker);
  for (const block of broker.blocks.idle) addIdle(problems, block);
  addLeases(problems, broker);
  return problems.worst();
}

function addAuditLog(problems: ProblemList, message: string): void {
  problems.add("critical", () => ({
    reason: "AUDIT_LOG_UNAVAILABLE",
    message,
    remedy: "make room on its disk, or mend its rights; the broker goes on by itself then",
  }));
}

function addBroker(problems: ProblemList, broker: ProblemSources): void {
  const { readOnlyReason } = broker;
  if (readOnlyReason !== null) {
    problems.add("critical", () => ({
      reason: "READ_ONLY",
      message: `nothing is granted, only renewed: ${readOnlyReason}`,
      remedy:
        "see that the disk of the data directory has room and can be written; the broker goes on by itself then",
    }));
  }
  if (broker.stopping) {
    problems.add("warning", () => ({
      reason: "STOPPING",
      message: "the broker is stopping and grants nothing; leases go on",
      remedy: "start it again: portlease serve",
    }));
  }
  if (broker.auditBlind) {
    problems.add("warning", () => ({
      reason: "AUDIT_BLIND",
      message: "the socket tables of the host cannot be read, so strangers are not seen",
      remedy: "portlease doctor",
    }));
  }
}

function addPool(problems: ProblemList, { policy, blocks }: Pool, waiting: number): void {
  if (policy.retired) return;
  // What is being drained is no help to who asks for a port.
  const open = blocks.filter(({ record }) => !record.draining);
  const sum = { total: 0, free: 0, leased: 0, quarantined: 0, unavailable: 0 };
  for (const block of open) {
    const usage = block.usage();
    sum.total += usage.total;
    sum.free += usage.free - block.pinnedFreeCount;
    sum.leased += usage.leased;
    sum.quarantined += usage.quarantined;
    sum.unavailable += usage.unavailable;
  }
  const { name: pool, growBy } = policy;
  const { total, free, leased, quarantined, unavailable } = sum;
  const draining = blocks.find(({ record }) => record.draining);
  if (open.length === 0 && draining !== undefined) {
    problems.add("critical", () => ({
      reason: "POOL_FULL",
      message: `pool "${pool}" gives no port: all its blocks are being drained`,
      remedy: `portlease blocks drain --undo ${draining.record.blockId}`,
      pool,
    }));
    return;
  }
  const use = `${leased} of ${total} leased, ${quarantined} resting, ${unavailable} out of use`;
  const enlarge = `portlease blocks add --size ${growBy} --pool ${pool}`;
  if (free === 0) {
    const line =
      waiting === 0
        ? ""
        : `; ${waiting} ${waiting === 1 ? "request waits" : "requests wait"} in line`;
    problems.add("critical", () => ({
      reason: "POOL_FULL",
      message: `pool "${pool}" has no port left for everybody: ${use}${line}`,
      remedy: enlarge,
      pool,
    }));
  } else if (free <= total * nearlyFullShare && total >= policy.sizeMax) {
    problems.add("warning", () => ({
      reason: "POOL_NEARLY_FULL",
      message: `pool "${pool}" has ${free} of ${total} ports left: ${use}`,
      remedy: enlarge,
      pool,
    }));
  }
  if (quarantined > total * restingShareMax) {
    problems.add("warning", () => ({
      reason: "QUARANTINE_HIGH",
      message: `${quarantined} of the ${total} ports of pool "${pool}" rest between two holders`,
      remedy: `set a shorter quarantine (portlease pools set ${pool} --quarantine TIME), or ${enlarge}`,
      pool,
    }));
  }
}

function addMisfit(problems: ProblemList, pool: string, why: string): void {
  problems.add("warning", () => ({
    reason: "ADJUSTMENT_UNFIT",
    message: `what an operator set does not count: ${why}`,
    remedy: `set it anew, or give the configuration its word back: portlease pools set ${pool} --reset`,
    pool,
  }));
}

function addBlock(problems: ProblemList, block: PortBlock, broker: ProblemSources): void {
  const { blockId, pool, ports, draining } = block.record;
  const name = `block ${blockId} (${formatPortRange(ports)})`;
  const drift = broker.driftOf(block);
  if (drift !== null) {
    const lost = drift.ports.map(formatPortRange).join(", ");
    problems.add(drift.whole ? "critical" : "warning", () => ({
      reason: drift.whole ? "BLOCK_UNAVAILABLE" : "BLOCK_DRIFTED",
      message: drift.whole
        ? `the operating system does not hold ${name} any more`
        : `the operating system does not hold ports ${lost.slice(0, 200)} of ${name} any more`,
      remedy: "restart the broker, which reserves them anew: portlease serve",
      pool,
      blockId,
    }));
  }
  const { leased, unavailable } = block.usage();
  if (draining) {
    problems.add("info", () => ({
      reason: "BLOCK_DRAINING",
      message: `${name} is being drained: nothing is leased from it, ${leased} ${leased === 1 ? "port is" : "ports are"} leased still`,
      remedy: `portlease blocks drain --undo ${blockId}`,
      pool,
      blockId,
    }));
  }
  if (unavailable > 0) {
    const port = firstUnavailable(block);
    problems.add("warning", () => ({
      reason: "PORTS_UNAVAILABLE",
      message: `${unavailable} of the ${portCountOf(ports)} ports of ${name} ${unavailable === 1 ? "is" : "are"} out of use, ${port} the first: somebody without a lease is bound to it, or it could not be reserved`,
      remedy: `portlease explain ${port}`,
      pool,
      blockId,
      port,
    }));
  }
}

function firstUnavailable(block: PortBlock): number {
  const { firstPort, lastPort } = block.record.ports;
  for (let port = firstPort; port < lastPort; port += 1) {
    if (block.stateOf(port) === "unavailable") return port;
  }
  return lastPort;
}

function addIdle(problems: ProblemList, { record, state, detail }: IdleBlock): void {
  const { blockId, pool, ports } = record;
  const name = `block ${blockId} (${formatPortRange(ports)})`;
  if (state === "ambiguous") {
    problems.add("warning", () => ({
      reason: "BLOCK_AMBIGUOUS",
      message: `${name} is reserved, but perhaps by somebody else; nothing is leased from it`,
      remedy:
        `it is the broker's own: portlease blocks adopt ${blockId}; it is somebody else's: portlease blocks forget ${blockId}; ` +
        `it is nobody's any more: portlease blocks delete ${blockId}`,
      pool,
      blockId,
    }));
    return;
  }
  problems.add("info", () => ({
    reason: "BLOCK_DRAINING",
    message: `${name} is on its way back to the operating system${detail === "" ? "" : `: ${detail}`}`,
    pool,
    blockId,
  }));
}

function addLeases(problems: ProblemList, broker: ProblemSources): void {
  const uncovered = new Map(
    broker.blocks.served.map((block) => [block, new Set(block.reservation.uncoveredPorts())]),
  );
  for (const lease of broker.recordedLeases()) {
    const { leaseId, pool, blockId, binding, holder, ports } = lease.record;
    const about = { pool, blockId, leaseId, port: ports.firstPort };
    const whose = `leased to service "${holder.service}"`;
    if (binding === "stranger" || binding === "orphaned") {
      const who =
        binding === "stranger" ? "a process that is not its holder" : "a socket without a process";
      problems.add(binding === "stranger" ? "critical" : "warning", () => ({
        ...about,
        reason: "PORT_TAKEN_BY_STRANGER",
        message: `port ${formatPortRange(ports)}, ${whose}, is bound by ${who}`,
        remedy: `portlease explain ${ports.firstPort}`,
      }));
    }
    const bare = uncovered.get(lease.block);
    if (bare === undefined || bare.size === 0) continue;
    const port = eachPort(ports).find((one) => bare.has(one));
    if (port === undefined) continue;
    problems.add("warning", () => ({
      ...about,
      port,
      reason: "LEASE_UNPROTECTED",
      message: `port ${port}, ${whose}, is not covered by its reservation now, so that others can bind it`,
      remedy: `portlease explain ${port}`,
    }));
  }
}
