// Why a pool gives no port, each worded once: with the numbers of the pool, and what helps.

import { BrokerError } from "./errors.js";
import type { Pin } from "./pool-policy.js";
import type { PoolUsage } from "./pool-usage.js";
import type { PortState } from "./port-block.js";
import { formatPortRange, type PortRange } from "./port-range.js";

/** `blocks`: what can be leased from. */
export function notInPool(
  pool: string,
  firstPort: number,
  portCount: number,
  blocks: readonly PortRange[],
): BrokerError {
  const ports = blocks.map(formatPortRange).join(", ");
  const wanted =
    portCount === 1
      ? `port ${firstPort} is`
      : `ports ${firstPort}-${firstPort + portCount - 1} are`;
  return new BrokerError(
    "port_out_of_range",
    `${wanted} not in pool "${pool}", which has ${ports || "no block"}; prefer a port of the pool, or none`,
    { field: "preferred_port", metadata: { pool, port: String(firstPort), ports } },
  );
}

/** What else can be had when a named port cannot: said to who insists on it, and to who got another one. */
const orAnother = "port_preference PREFER gets another port then, MUST this one or none";

export function cannotBeHad(
  pool: string,
  port: number,
  state: Exclude<PortState, "free">,
): BrokerError {
  const { code, why } = whyNot[state];
  return new BrokerError(code, `port ${port} of pool "${pool}" ${why}; ${orAnother}`, {
    subject: `port:${port}`,
    metadata: { pool, port: String(port) },
  });
}

const whyNot = {
  leased: { code: "port_leased", why: "is leased to another holder" },
  quarantined: { code: "port_in_quarantine", why: "rests between two holders" },
  unavailable: { code: "port_in_use", why: "is in use by somebody without a lease on it" },
} as const;

export function portPinned(pool: string, { port, service, instance }: Pin): BrokerError {
  const whose = instance === "" ? `service "${service}"` : `"${service}" instance "${instance}"`;
  return new BrokerError(
    "port_pinned",
    `port ${port} of pool "${pool}" is pinned to ${whose} and given to nobody else, also while it is free; ${orAnother}`,
    { subject: `port:${port}`, metadata: { pool, port: String(port), service, instance } },
  );
}

export interface NothingFree {
  readonly pool: string;
  readonly portCount: number;
  /** Of what can be leased from: what is being drained is no help to the caller. */
  readonly usage: PoolUsage;
  /** Free ones that others have pinned. */
  readonly pinnedFree: number;
  /** When a retry may succeed; `null`: nobody knows. */
  readonly retryAfterMs: number | null;
}

export function nothingFree(found: NothingFree): BrokerError {
  const { pool, portCount, usage, pinnedFree, retryAfterMs } = found;
  const details = {
    subject: `pool:${pool}`,
    metadata: {
      pool,
      port_count: String(portCount),
      total: String(usage.total),
      leased: String(usage.leased),
      free: String(usage.free),
      free_pinned: String(pinnedFree),
      quarantined: String(usage.quarantined),
      unavailable: String(usage.unavailable),
      largest_free_run: String(usage.largestFreeRun),
    },
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
  const pinned = pinnedFree === 0 ? "" : `, ${pinnedFree} of them pinned to other services`;
  const state =
    `${usage.leased} of ${usage.total} leased, ${usage.quarantined} resting, ` +
    `${usage.unavailable} in use by others, ${usage.free} free${pinned}`;
  if (portCount > 1 && usage.free - pinnedFree >= portCount) {
    return new BrokerError(
      "no_contiguous_run",
      `pool "${pool}" has no ${portCount} free ports in a row (longest run ${usage.largestFreeRun}; ${state}); ` +
        "ask for fewer ports, wait for leases to end, or enlarge the pool",
      details,
    );
  }
  return new BrokerError(
    "pool_full",
    `pool "${pool}" has no free port (${state}); release leases, wait for some to expire, or enlarge the pool`,
    details,
  );
}
