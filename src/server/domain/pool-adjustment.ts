// What operators changed of a pool, as a value: made, changed, and asked for what it says. What it does to the pool's policy is
// adjusted-policy.ts's business.

import type { AdjustedPolicy, AdjustedQuota, Pin, PoolAdjustment } from "./records.js";

/** In a quota: each service that has none of its own. */
export const everyService = "*";

const unadjusted: AdjustedPolicy = {
  ttlDefaultMs: null,
  ttlMinMs: null,
  ttlMaxMs: null,
  quarantineMs: null,
  sizeMax: null,
  pickPolicy: null,
  portCountMax: null,
};

export function emptyAdjustment(pool: string): PoolAdjustment {
  return { pool, policy: unadjusted, quotas: [], pins: [], unpinned: [] };
}

/** Whether it says nothing, so that the configuration alone counts. */
export function isEmptyAdjustment(adjustment: PoolAdjustment): boolean {
  const { quotas, pins, unpinned } = adjustment;
  return quotas.length + pins.length + unpinned.length === 0 && !adjustsPolicy(adjustment);
}

/** Whether it sets a value of the policy itself; pins and quotas aside. */
export function adjustsPolicy({ policy }: PoolAdjustment): boolean {
  return Object.values(policy).some((value) => value !== null);
}

/** Sets the values that are not `null`; `reset`: forgets those that were set before. */
export function withPolicy(
  adjustment: PoolAdjustment,
  values: AdjustedPolicy,
  reset: boolean,
): PoolAdjustment {
  const before = reset ? unadjusted : adjustment.policy;
  const policy: AdjustedPolicy = {
    ttlDefaultMs: values.ttlDefaultMs ?? before.ttlDefaultMs,
    ttlMinMs: values.ttlMinMs ?? before.ttlMinMs,
    ttlMaxMs: values.ttlMaxMs ?? before.ttlMaxMs,
    quarantineMs: values.quarantineMs ?? before.quarantineMs,
    sizeMax: values.sizeMax ?? before.sizeMax,
    pickPolicy: values.pickPolicy ?? before.pickPolicy,
    portCountMax: values.portCountMax ?? before.portCountMax,
  };
  return { ...adjustment, policy };
}

/** The port is kept for whom the pin says, and for nobody whom another pin of the port said. */
export function withPin(adjustment: PoolAdjustment, pin: Pin): PoolAdjustment {
  const others = withoutPort(adjustment, pin.port);
  return { ...others, pins: [...others.pins, pin].toSorted((a, b) => a.port - b.port) };
}

/** The port has no pin; `configured`: the configuration has one for it. */
export function withoutPin(
  adjustment: PoolAdjustment,
  port: number,
  configured: boolean,
): PoolAdjustment {
  const others = withoutPort(adjustment, port);
  if (!configured) return others;
  return { ...others, unpinned: [...others.unpinned, port].toSorted((a, b) => a - b) };
}

/** What operators said of the port is forgotten. */
export function withoutPort(adjustment: PoolAdjustment, port: number): PoolAdjustment {
  return {
    ...adjustment,
    pins: adjustment.pins.filter((pin) => pin.port !== port),
    unpinned: adjustment.unpinned.filter((other) => other !== port),
  };
}

/** The service may have so many ports; `null`: as many as there are. */
export function withQuota(adjustment: PoolAdjustment, quota: AdjustedQuota): PoolAdjustment {
  const others = withoutQuota(adjustment, quota.service);
  const quotas = [...others.quotas, quota].toSorted((a, b) => (a.service < b.service ? -1 : 1));
  return { ...others, quotas };
}

/** What operators said of the service's quota is forgotten. */
export function withoutQuota(adjustment: PoolAdjustment, service: string): PoolAdjustment {
  return { ...adjustment, quotas: adjustment.quotas.filter((quota) => quota.service !== service) };
}

export function isSameAdjustment(one: PoolAdjustment, other: PoolAdjustment): boolean {
  // Both are made here, with their keys and lists in one order.
  return JSON.stringify(one) === JSON.stringify(other);
}
