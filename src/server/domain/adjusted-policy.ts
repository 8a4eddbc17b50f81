// What a pool is like: its configuration, and over it what operators changed. Pure. What does not fit the configuration any more is
// left out and told, because a broker that does not start helps nobody.

import { everyService } from "./pool-adjustment.js";
import type { PoolPolicy, Quota } from "./pool-policy.js";
import type { AdjustedPolicy, Pin, PoolAdjustment } from "./records.js";

/** Something that operators set and that does not count now. */
export interface Misfit {
  /** Of the adjusted policy. */
  readonly fields: readonly (keyof AdjustedPolicy)[];
  /** For people: what was set, why it does not fit, what to do. */
  readonly message: string;
}

export interface Adjusted {
  readonly policy: PoolPolicy;
  readonly misfits: readonly Misfit[];
}

type Part = Partial<PoolPolicy> | Misfit;

/** A retired pool stays as it is: it only waits for its leases to end. */
export function adjustedPolicy(
  configured: PoolPolicy,
  adjustment: PoolAdjustment | undefined,
): Adjusted {
  if (adjustment === undefined || configured.retired) return { policy: configured, misfits: [] };
  const { policy: set } = adjustment;
  const parts: readonly Part[] = [
    ttls(configured, set),
    sizeMax(configured, set),
    portCountMax(configured, set),
    quarantine(configured, set),
    { pickPolicy: set.pickPolicy ?? configured.pickPolicy },
    { pins: adjustedPins(configured.pins, adjustment) },
    { quota: adjustedQuota(configured.quota, adjustment) },
  ];
  const misfits = parts.filter((part): part is Misfit => isMisfit(part));
  const fitting = parts.filter((part) => !isMisfit(part));
  return { policy: Object.assign({}, configured, ...fitting) as PoolPolicy, misfits };
}

function isMisfit(part: Part): part is Misfit {
  return "message" in part;
}

/** All three or none: each alone says little of what the operator wanted. */
function ttls(configured: PoolPolicy, set: AdjustedPolicy): Part {
  const { ttlDefaultMs, ttlMinMs, ttlMaxMs } = set;
  const minMs = ttlMinMs ?? configured.ttlMinMs;
  const defaultMs = ttlDefaultMs ?? configured.ttlDefaultMs;
  const maxMs = ttlMaxMs ?? configured.ttlMaxMs;
  if (minMs <= defaultMs && defaultMs <= maxMs) {
    const ttlCrowdedMs = Math.min(Math.max(configured.ttlCrowdedMs, minMs), maxMs);
    return { ttlMinMs: minMs, ttlDefaultMs: defaultMs, ttlMaxMs: maxMs, ttlCrowdedMs };
  }
  const told = `${minMs / 1000} s, ${defaultMs / 1000} s and ${maxMs / 1000} s`;
  return {
    fields: ["ttlMinMs", "ttlDefaultMs", "ttlMaxMs"],
    message:
      `min_ttl, default_ttl and max_ttl of pool "${configured.name}" would be ${told}, which do not rise; ` +
      "set the others too, or reset the pool",
  };
}

function sizeMax({ name, size }: PoolPolicy, { sizeMax: set }: AdjustedPolicy): Part {
  if (set === null) return {};
  if (set >= size) return { sizeMax: set };
  return {
    fields: ["sizeMax"],
    message: `max_size ${set} of pool "${name}" is below its size ${size}; set ${size} or more, or reset the pool`,
  };
}

function portCountMax({ name, size }: PoolPolicy, { portCountMax: set }: AdjustedPolicy): Part {
  if (set === null) return {};
  if (set <= size) return { portCountMax: set };
  return {
    fields: ["portCountMax"],
    message: `max_port_count ${set} of pool "${name}" is more than its size ${size}; set ${size} or less, or reset the pool`,
  };
}

/** The floor says how far a rest may be cut, so that one that is shorter is not cut. */
function quarantine(configured: PoolPolicy, set: AdjustedPolicy): Part {
  const quarantineMs = set.quarantineMs ?? configured.quarantineMs;
  return {
    quarantineMs,
    quarantineFloorMs: Math.min(configured.quarantineFloorMs, quarantineMs),
  };
}

function adjustedPins(
  configured: readonly Pin[],
  { pins, unpinned }: PoolAdjustment,
): readonly Pin[] {
  const replaced = new Set([...unpinned, ...pins.map(({ port }) => port)]);
  return [...configured.filter(({ port }) => !replaced.has(port)), ...pins];
}

function adjustedQuota(configured: Quota, { quotas }: PoolAdjustment): Quota {
  const every = quotas.find(({ service }) => service === everyService);
  const named = quotas.filter((quota) => quota !== every);
  return {
    perService: every === undefined ? configured.perService : every.portsMax,
    services: new Map([
      ...configured.services,
      ...named.map(({ service, portsMax }) => [service, portsMax] as const),
    ]),
  };
}
