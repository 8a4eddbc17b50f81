// A broker of the simulated fleet that publishes as real ones do: the real publisher over a simulated host's leases.

import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import type { Etcd } from "#etcd/etcd.js";
import type { FleetKeys } from "#fleet/records/fleet-keys.js";
import type { LeaseRecord as FleetLease } from "#fleet/records/lease-record.js";
import type { Change, LeaseRecord } from "#server/domain/records.js";
import { FleetPublisher } from "#server/fleet/fleet-publisher.js";
import { systemClock, systemRandom } from "#server/system-clock.js";
import { silentLog } from "../../test/support/silent-log.js";
import type { SimulatedChange } from "../../test/support/simulated-change.js";
import type { SimulatedHost } from "../../test/support/simulated-host.js";

const presenceTtlMs = 15_000;

/** The publisher of the host; `etcd` may be shared, and is not closed with it. */
export function simulatedPublisher(
  host: SimulatedHost,
  etcd: Etcd,
  keys: FleetKeys,
): FleetPublisher {
  const { hostId } = host;
  const { brokerId, startedWallMs } = host.presence();
  const publisher = new FleetPublisher({
    etcd: { ...methodsOf(etcd), close: () => undefined },
    keys,
    hostId,
    brokerId,
    startedWallMs,
    presenceTtlMs,
    clock: systemClock,
    random: systemRandom(),
    source: { blocks: { served: [] }, recordedLeases: () => recordedLeases(host) },
    describeHost: () => host.record(),
    nextTurn: () => nextTurn(),
    pause: (durationMs, signal) => pause(durationMs, undefined, { signal }),
    log: silentLog,
  });
  publisher.loaded();
  return publisher;
}

/** Tells the publisher of a change, as the broker's store would. A no-op for the host's own record: it looks at that by itself. */
export function commitChange(publisher: FleetPublisher, change: SimulatedChange): void {
  if (change.type === "host") return;
  const { leaseId } = change;
  const sealed: Change =
    change.type === "lease"
      ? { type: "lease_granted", lease: toCoreLease(leaseId, change.record) }
      : {
          type: "lease_ended",
          ended: { lease: toCoreLease(leaseId, anyLease), reason: "released", endedWallMs: 0 },
          remember: false,
        };
  publisher.committed([{ revision: 0, wallMs: 0, change: sealed }]);
}

function methodsOf(etcd: Etcd): Omit<Etcd, "close"> {
  return {
    range: (request) => etcd.range(request),
    transact: (transaction) => etcd.transact(transaction),
    grantLease: (ttlSeconds) => etcd.grantLease(ttlSeconds),
    keepAlive: (leaseId) => etcd.keepAlive(leaseId),
    revokeLease: (leaseId) => etcd.revokeLease(leaseId),
    watch: (request, listener) => etcd.watch(request, listener),
  };
}

function* recordedLeases({ leases }: SimulatedHost): Iterable<{ readonly record: LeaseRecord }> {
  for (const [leaseId, record] of leases) yield { record: toCoreLease(leaseId, record) };
}

function toCoreLease(leaseId: string, lease: FleetLease): LeaseRecord {
  const { pool, protocol, port, portCount, service, instance, labels, generation } = lease;
  return {
    leaseId,
    pool,
    protocol,
    blockId: "default",
    ports: { firstPort: port, lastPort: port + portCount - 1 },
    generation,
    revision: generation,
    ttlMs: lease.ttlMs,
    holder: { service, instance, labels, process: null },
    createdWallMs: lease.grantedWallMs,
    request: null,
    bindWithinMs: null,
    binding: lease.binding,
    everBound: true,
    covered: !lease.unprotected,
    remainingMs: null,
  };
}

/** Of a lease that ended, the publisher looks at the id alone. */
const anyLease: FleetLease = {
  pool: "default",
  protocol: "tcp",
  port: 1,
  portCount: 1,
  service: "",
  instance: "",
  labels: {},
  ttlMs: 1,
  grantedWallMs: 0,
  generation: 1,
  binding: "unknown",
  unprotected: false,
  draining: false,
};
