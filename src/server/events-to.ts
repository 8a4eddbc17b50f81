// Who hears what happens in the core: the log, sessions, transfers and live views, and health, for which a store that cannot write
// is an obstacle. What each of them makes of an event is its own business.

import type { EventSink } from "./domain/boundaries.js";
import { ExpiredLeasesLog } from "./expired-leases-log.js";
import type { Health } from "./grpc/health.js";
import type { SessionRegistry } from "./grpc/session-registry.js";
import type { LiveEvents } from "./live/live-events.js";
import { logEvent } from "./log-events.js";
import type { Log } from "./log.js";
import type { Transfers } from "./transfers.js";

const readOnly = "the broker is read-only, since it cannot write to its store";

export function eventsTo(
  log: Log,
  sessions: SessionRegistry,
  health: Health,
  transfers: Transfers,
  live: LiveEvents,
): EventSink {
  const expired = new ExpiredLeasesLog(log);
  return {
    publish: (event) => {
      logEvent(log, expired, event);
      sessions.publish(event);
      transfers.publish(event);
      live.publish(event);
      if (event.type === "store_failed") health.setObstacle(readOnly);
      if (event.type === "store_recovered") health.setObstacle(null);
    },
  };
}
