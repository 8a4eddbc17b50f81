// GetUsageHistory: the samples of a window as messages.

import type {
  GetUsageHistoryRequest,
  GetUsageHistoryResponse,
  UsageSample as WireSample,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Broker } from "../domain/broker.js";
import { fieldInvalid, poolNotFound } from "../domain/refusals.js";
import type { UsageHistory } from "../live/usage-history.js";
import type { UsageSample } from "../live/usage-ring.js";
import { coarseForMs, fineEveryMs, fineForMs } from "../live/usage-series.js";
import { toWireUsage } from "./convert.js";
import { fromDuration, toDuration } from "./time.js";

/** Throws pool_not_found or field_invalid. */
export function getUsageHistory(
  usage: UsageHistory,
  broker: Pick<Broker, "pools">,
  { pool, window }: GetUsageHistoryRequest,
): GetUsageHistoryResponse {
  const names = broker.pools.map(({ policy }) => policy.name);
  if (pool !== "" && !names.includes(pool)) throw poolNotFound(pool, names);
  const windowMs = fromDuration("window", window) ?? fineForMs;
  if (windowMs < fineEveryMs || windowMs > coarseForMs) {
    throw fieldInvalid(
      "window",
      `is ${windowMs / 1_000} s; it must be ${fineEveryMs / 1_000} s to ${coarseForMs / 1_000} s, or unset for an hour`,
    );
  }
  const { samples, everyMs, exhaustionMs } = usage.over(pool === "" ? null : pool, windowMs);
  return {
    samples: samples.map(toWireSample),
    interval: toDuration(everyMs),
    timeToExhaustion: exhaustionMs === null ? undefined : toDuration(exhaustionMs),
  };
}

function toWireSample({ wallMs, usage, ...counts }: UsageSample): WireSample {
  const { grants, refusals, releases, losses } = counts;
  const sampleTime = new Date(wallMs);
  return { sampleTime, usage: toWireUsage(usage), grants, refusals, releases, losses };
}
