// Opens the publisher of a broker that is to be in the fleet, on a real etcd. What it tells is for others.

import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { parseEtcdUrl } from "../../etcd/etcd-url.js";
import { FleetKeys } from "../../fleet/records/fleet-keys.js";
import type { FilePrivacy } from "../access/file-privacy.js";
import type { FleetConfig } from "../config/config.js";
import { connectEtcd } from "../connect-etcd.js";
import type { Clock, Random } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { BrokerFacts } from "../grpc/admin-service.js";
import type { Timed } from "../housekeeping.js";
import type { Log } from "../log.js";
import { FleetPublisher } from "./fleet-publisher.js";
import { GrantMinutes } from "./grant-minutes.js";
import { hostFacts } from "./host-facts.js";
import { findWhereabouts, type Listeners } from "./whereabouts.js";

export interface FleetParts {
  readonly broker: Broker;
  readonly brokerId: string;
  readonly facts: BrokerFacts;
  /** As they are configured now. */
  readonly configured: () => Pick<FleetConfig, "address" | "labels">;
  readonly listeners: () => Listeners;
  readonly auditLogProblem: () => string | null;
  readonly privacy: FilePrivacy;
  /** Real time. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface OpenFleet {
  readonly publisher: FleetPublisher;
  readonly timed: Timed;
}

/** Waits for nothing. Throws StartError CANNOT_SECURE when the password's file or those of TLS cannot be used. */
export function openFleet(config: FleetConfig, parts: FleetParts): OpenFleet {
  const { broker, brokerId, facts, configured, clock } = parts;
  const { hostId, presenceTtlMs } = config;
  const grants = new GrantMinutes(clock.wallMs(), grantsOf(broker));
  const { host: hostName, version, platform, startedWallMs } = facts;
  const identity = { hostName, brokerId, version, platform, startedWallMs };
  const whereabouts = () => findWhereabouts(parts.listeners(), configured().address);
  const describeHost = () => hostFacts({ ...parts, identity, whereabouts, grants });
  const publisher = new FleetPublisher({
    ...parts,
    etcd: connectEtcd({ ...config, url: config.etcd }, parts.privacy),
    keys: new FleetKeys(parseEtcdUrl(config.etcd).prefix),
    hostId,
    presenceTtlMs,
    startedWallMs,
    source: broker,
    describeHost,
    nextTurn: () => nextTurn(),
    pause: (durationMs, signal) => pause(durationMs, undefined, { signal }),
    log: parts.log.child({ component: "fleet" }),
  });
  const timed = {
    advance: () => {
      grants.advance(clock.wallMs(), grantsOf(broker));
      return publisher.advance();
    },
  };
  return { publisher, timed };
}

/** Leases granted since the start. */
function grantsOf({ counters }: Broker): number {
  let granted = 0;
  for (const pool of counters.pools.values()) granted += pool.grants.of("ok");
  return granted;
}
