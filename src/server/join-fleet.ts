// Has the fleet told of a broker that is configured to be in one. What that takes, the client of etcd among it, is loaded for it alone.

import type { BrokerConfig } from "./config/config.js";
import type { FleetStats } from "./fleet/fleet-stats.js";
import type { LaterFollower } from "./fleet/later-follower.js";
import type { BrokerFacts, Whereabouts } from "./grpc/admin-service.js";
import type { Timed } from "./housekeeping.js";
import type { FoundProblem } from "./live/problem.js";
import type { Log } from "./log.js";
import type { OpenCore } from "./open-core.js";
import type { OpenedThings } from "./opened-things.js";

export interface FleetParts {
  readonly core: Pick<OpenCore, "broker" | "brokerId">;
  readonly facts: BrokerFacts;
  /** That of the start. */
  readonly config: BrokerConfig;
  /** The one in force; not asked for before the first turn. */
  readonly configNow: () => BrokerConfig;
  /** The same. */
  readonly whereabouts: () => Whereabouts;
  readonly log: Log;
}

/** What others see of the publisher. Its turns begin when somebody may call the broker. */
export interface JoinedFleet extends Timed {
  readonly stats: FleetStats;
  /** What keeps the fleet from hearing of the broker now; `null`: nothing. */
  readonly problem: FoundProblem | null;
}

/** `null`: the broker is to be in no fleet. Does not wait for etcd. Rejects with what openFleet throws. */
export async function joinFleet(
  parts: FleetParts,
  follower: LaterFollower,
  opened: OpenedThings,
): Promise<JoinedFleet | null> {
  const { fleet } = parts.config;
  if (fleet === null) return null;
  const { openFleet } = await import("./open-fleet.js");
  return openFleet(fleet, parts, follower, opened);
}
