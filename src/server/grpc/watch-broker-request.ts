// From the message of WatchBroker to what a live watch needs, refused where it makes no sense.

import type { Duration } from "@portlease/proto/google/protobuf/duration.js";
import type { WatchBrokerRequest } from "@portlease/proto/portlease/v1/admin_service.js";
import { fieldInvalid } from "../domain/refusals.js";
import { eventsMax } from "../live/recent-events.js";
import { fromDuration } from "./time.js";

export interface LiveWatchRequest {
  /** How often changes are sent at most. */
  readonly everyMs: number;
  readonly ports: boolean;
  /** How many events with each message at most; 0: none. */
  readonly eventsMax: number;
}

/** The API documents all three. */
const everyDefaultMs = 1_000;
const everyMinMs = 100;
const everyMaxMs = 60_000;

/** How often a live view is sent, in ms. Throws field_invalid. */
export function parseInterval(interval: Duration | undefined): number {
  const everyMs = fromDuration("interval", interval) ?? everyDefaultMs;
  if (everyMs < everyMinMs || everyMs > everyMaxMs) {
    throw fieldInvalid(
      "interval",
      `is ${everyMs} ms; it must be ${everyMinMs} ms to ${everyMaxMs} ms, or unset`,
    );
  }
  return everyMs;
}

/** Throws field_invalid. */
export function parseWatchBroker(message: WatchBrokerRequest): LiveWatchRequest {
  const everyMs = parseInterval(message.interval);
  if (message.maxEvents > eventsMax) {
    throw fieldInvalid("max_events", `is ${message.maxEvents}; it must be at most ${eventsMax}`);
  }
  return { everyMs, ports: message.ports, eventsMax: message.maxEvents };
}
