// Has the fleet told of a broker that is configured to be in one: connects to its etcd, and puts the publisher together with what it
// tells. What is told, and when, is for the parts in fleet/.

import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { parseEtcdUrl } from "../etcd/etcd-url.js";
import { FleetKeys } from "../fleet/records/fleet-keys.js";
import type { FleetConfig } from "./config/config.js";
import { connectEtcd } from "./connect-etcd.js";
import type { Broker } from "./domain/broker.js";
import { FleetPublisher } from "./fleet/fleet-publisher.js";
import { GrantMinutes } from "./fleet/grant-minutes.js";
import { hostFacts } from "./fleet/host-facts.js";
import type { LaterFollower } from "./fleet/later-follower.js";
import { findWhereabouts } from "./fleet/whereabouts.js";
import type { FleetParts, JoinedFleet } from "./join-fleet.js";
import type { OpenedThings } from "./opened-things.js";
import { systemClock, systemRandom } from "./system-clock.js";

/** Waits for nothing. Throws StartError CANNOT_SECURE when the password's file, or those of TLS, cannot be used. */
export function openFleet(
  fleet: FleetConfig,
  parts: FleetParts,
  follower: LaterFollower,
  opened: OpenedThings,
): JoinedFleet {
  const { core, facts, log } = parts;
  const { broker, brokerId } = core;
  const { hostId, presenceTtlMs, etcd: url } = fleet;
  const grants = new GrantMinutes(systemClock.wallMs(), grantsOf(broker));
  const publisher = new FleetPublisher({
    etcd: connectEtcd({ ...fleet, url }),
    keys: new FleetKeys(parseEtcdUrl(url).prefix),
    hostId,
    brokerId,
    startedWallMs: facts.startedWallMs,
    presenceTtlMs,
    clock: systemClock,
    random: systemRandom(),
    source: broker,
    describeHost: describer(parts, fleet, grants),
    nextTurn: () => nextTurn(),
    pause: (durationMs, signal) => pause(durationMs, undefined, { signal }),
    log: log.child({ component: "fleet" }),
  });
  follower.set(publisher);
  opened.add(() => publisher.stop());
  return {
    get stats() {
      return publisher.stats;
    },
    get problem() {
      return publisher.problem;
    },
    advance: () => {
      grants.advance(systemClock.wallMs(), grantsOf(broker));
      return publisher.advance();
    },
  };
}

function describer(
  { core, facts, configNow, whereabouts }: FleetParts,
  fleet: FleetConfig,
  grants: GrantMinutes,
): () => ReturnType<typeof hostFacts> {
  const { broker, brokerId } = core;
  const { host: hostName, version, platform, startedWallMs } = facts;
  const identity = { hostName, brokerId, version, platform, startedWallMs };
  return () => {
    const { listen, http, fleet: configured } = configNow();
    const { address, labels } = configured ?? fleet;
    const { addresses, dashboardUrl: httpUrl, auditLogProblem } = whereabouts();
    const httpListen = http.listen === "auto" || http.listen === "off" ? null : http.listen;
    const found = findWhereabouts({ listen, httpListen, addresses, httpUrl }, address);
    const host = { ...identity, address, labels, ...found };
    return hostFacts({ broker, host, auditLogProblem, grants });
  };
}

/** Leases granted since the start. */
function grantsOf({ counters }: Broker): number {
  let granted = 0;
  for (const pool of counters.pools.values()) granted += pool.grants.of("ok");
  return granted;
}
