// What operators may set of a pool: the checks of their requests, and the refusals. Each names the field, the value, the bounds and
// the way out.

import { adjustedPolicy } from "./adjusted-policy.js";
import { fieldInvalid } from "./refusals.js";
import { BrokerError } from "./errors.js";
import { withPolicy } from "./pool-adjustment.js";
import type { PoolPolicy } from "./pool-policy.js";
import { formatPortRange, highestPort, lowestPort, type PortRange } from "./port-range.js";
import type { AdjustedPolicy, PoolAdjustment } from "./records.js";

/** Pins that operators set, and ports whose pins they ended; as many as a configuration may have. */
export const pinsPerPoolMax = 4_096;
/** Quotas that operators set. Services with a quota of their own are few; the others have that of "*". */
export const quotasPerPoolMax = 1_000;
export const revokeReasonLengthMax = 256;

// The ranges of the configuration (config/settings-schema.ts), which the core does not know; a test holds them together.
export const ttlLowestMs = 100;
export const ttlHighestMs = 30 * 86_400_000;
export const quarantineHighestMs = 3_600_000;

const fieldNames: Readonly<Record<keyof AdjustedPolicy, string>> = {
  ttlDefaultMs: "default_ttl",
  ttlMinMs: "min_ttl",
  ttlMaxMs: "max_ttl",
  quarantineMs: "quarantine",
  sizeMax: "max_size",
  pickPolicy: "pick_policy",
  portCountMax: "max_port_count",
};

/** The adjustment with other values. Throws field_invalid for one out of its range, and for those that do not fit together. */
export function checkedPolicy(
  configured: PoolPolicy,
  before: PoolAdjustment,
  values: AdjustedPolicy,
  reset: boolean,
): PoolAdjustment {
  checkDuration("default_ttl", values.ttlDefaultMs, ttlLowestMs, ttlHighestMs);
  checkDuration("min_ttl", values.ttlMinMs, ttlLowestMs, ttlHighestMs);
  checkDuration("max_ttl", values.ttlMaxMs, ttlLowestMs, ttlHighestMs);
  checkDuration("quarantine", values.quarantineMs, 0, quarantineHighestMs);
  checkCount("max_size", values.sizeMax, 1);
  checkCount("max_port_count", values.portCountMax, 1);
  const after = withPolicy(before, values, reset);
  // What did not fit before, and is not touched now, is no reason to refuse something else.
  for (const { fields, message } of adjustedPolicy(configured, after).misfits) {
    const set = fields.find((field) => values[field] !== null);
    if (set === undefined) continue;
    const field = fieldNames[set];
    throw new BrokerError("field_invalid", message, { field, metadata: { field } });
  }
  return after;
}

export function checkPort(port: number): number {
  if (port >= lowestPort && port <= highestPort) return port;
  throw fieldInvalid("port", `is ${port}; name a port from ${lowestPort} to ${highestPort}`);
}

export function checkQuota(portsMax: number): number {
  checkCount("max_ports", portsMax, 0);
  return portsMax;
}

/** Told to the holder and shown in lists: one line of plain text. Throws field_invalid. */
export function checkRevokeReason(reason: string): string {
  if (reason.length > revokeReasonLengthMax) {
    const problem = `has ${reason.length} characters, at most ${revokeReasonLengthMax} are allowed`;
    throw fieldInvalid("reason", problem);
  }
  if (/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(reason)) {
    throw fieldInvalid("reason", "has control characters or direction marks; leave them out");
  }
  return reason;
}

/** Throws too_many_adjustments when the adjustment has more than it may. */
export function checkAdjustmentSize(adjustment: PoolAdjustment): PoolAdjustment {
  const { pool, pins, unpinned, quotas } = adjustment;
  const pinCount = pins.length + unpinned.length;
  if (pinCount > pinsPerPoolMax) throw tooMany(pool, "pinned and unpinned ports", pinsPerPoolMax);
  if (quotas.length > quotasPerPoolMax) throw tooMany(pool, "quotas", quotasPerPoolMax);
  return adjustment;
}

export function portNotInPool(
  pool: string,
  port: number,
  blocks: readonly PortRange[],
): BrokerError {
  const ports = blocks.map(formatPortRange).join(", ");
  return new BrokerError(
    "port_not_in_pool",
    `port ${port} is not in pool "${pool}", which has ${ports || "no block"}; pin a port of the pool`,
    { subject: `port:${port}`, metadata: { pool, port: String(port), ports } },
  );
}

function tooMany(pool: string, what: string, max: number): BrokerError {
  return new BrokerError(
    "too_many_adjustments",
    `operators have set ${max} ${what} of pool "${pool}" beyond its configuration, which is as many as they may; ` +
      "take some back with reset, or write them into the configuration",
    { subject: `pool:${pool}`, metadata: { pool, max: String(max) }, lasting: true },
  );
}

function checkDuration(
  field: string,
  ms: number | null,
  lowestMs: number,
  highestMs: number,
): void {
  if (ms === null || (ms >= lowestMs && ms <= highestMs)) return;
  const problem = `is ${ms / 1_000} s; it must be ${lowestMs / 1_000} s to ${highestMs / 1_000} s`;
  throw fieldInvalid(field, problem);
}

function checkCount(field: string, count: number | null, lowest: number): void {
  if (count === null || (count >= lowest && count <= highestPort)) return;
  throw fieldInvalid(field, `is ${count}; it must be ${lowest} to ${highestPort}`);
}
