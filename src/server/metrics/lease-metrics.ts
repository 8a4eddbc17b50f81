// How leases begin, go on and end: results, reasons, and how long it took.

import type { Broker } from "../domain/broker.js";
import type { PoolCounters } from "../domain/core-counters.js";
import type { MetricRegistry, Sample } from "./metric-registry.js";

export type LeaseSource = Pick<Broker, "counters" | "leaseCount" | "pools" | "expiryOverdueMs">;

export function addLeaseMetrics(registry: MetricRegistry, broker: LeaseSource): void {
  addGrants(registry, broker);
  registry.level("portlease_leases", "Leases that are on disk now.", () => broker.leaseCount);
  registry.counter(
    "portlease_renewals_total",
    'Renewals of single leases, by result: "ok", or why not. A repeated request for a lease is none.',
    ["result"],
    () => {
      const { renewals } = broker.counters;
      return results({}, renewals.entries(), renewals.of("ok"));
    },
  );
  registry.counter(
    "portlease_lease_ends_total",
    "Leases that ended, by reason.",
    ["pool", "reason"],
    () =>
      ofPools(broker).flatMap(([pool, { ends }]) =>
        Object.entries(ends).map(([reason, value]) => ({ labels: { pool, reason }, value })),
      ),
  );
  registry.total(
    "portlease_expirations_total",
    "Leases that ended because nobody renewed them, of all pools.",
    () => ofPools(broker).reduce((sum, [, { ends }]) => sum + ends.expired, 0),
  );
  registry.durations(
    "portlease_expiry_delay_seconds",
    "Seconds from the moment a lease ran out until that was on disk and its ports rested.",
    [],
    () => [{ labels: {}, durations: broker.counters.expiryDelay }],
  );
  registry.level(
    "portlease_expiry_lag_seconds",
    "Seconds for which the lease that ran out first has been waiting for its end. 0: none waits.",
    () => broker.expiryOverdueMs / 1_000,
  );
}

function addGrants(registry: MetricRegistry, broker: LeaseSource): void {
  registry.counter(
    "portlease_grants_total",
    'Requests for a lease that were answered, by result: "ok", "repeated" (a request_id that got its lease before), or why not. ' +
      'pool="": the pool that was asked for does not exist.',
    ["pool", "result"],
    () =>
      ofPools(broker).flatMap(([pool, { grants }]) =>
        results({ pool }, grants.entries(), grants.of("ok")),
      ),
  );
  registry.durations(
    "portlease_grant_duration_seconds",
    "Seconds from the receipt of a request until its new lease was on disk, waiting in line included.",
    ["pool"],
    () =>
      ofPools(broker).map(([pool, { grantDuration }]) => ({
        labels: { pool },
        durations: grantDuration,
      })),
  );
}

/** Pools of which nothing was counted are there with zeros: what appears with its first count is a rise that nobody sees. */
function ofPools({ counters, pools }: LeaseSource): readonly (readonly [string, PoolCounters])[] {
  for (const { policy } of pools) counters.ofPool(policy.name);
  return [...counters.pools];
}

function results(
  labels: Readonly<Record<string, string>>,
  entries: Iterable<readonly [string, number]>,
  okCount: number,
): readonly Sample[] {
  const others = [...entries].filter(([result]) => result !== "ok");
  return [["ok", okCount] as const, ...others].map(([result, value]) => ({
    labels: { ...labels, result },
    value,
  }));
}
