// The options of `portlease top`.

import { InvalidArgumentError } from "commander";
import { parseDuration } from "../../../src/server/config/duration.js";
import type { BrokerOptions } from "../broker-options.js";
import type { SortKey } from "./lease-rows.js";

export interface TopOptions extends BrokerOptions {
  readonly once?: boolean;
  readonly sort: SortKey;
  /** Milliseconds. */
  readonly every: number;
}

export const everyDefaultMs = 1_000;
/** What the broker allows for WatchBroker. */
const everyMsMin = 100;
const everyMsMax = 60_000;

export function topInterval(text: string): number {
  const intervalMs = parseDuration(text) ?? Number.NaN;
  if (intervalMs >= everyMsMin && intervalMs <= everyMsMax) return intervalMs;
  throw new InvalidArgumentError("It must be a time from 100ms to 1m, such as 2s.");
}
