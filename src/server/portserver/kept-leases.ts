// Renews the leases of processes that asked the portserver: their protocol has no renewal, so the broker does it as long as it sees
// the process run. That a process has ended is found out, and its leases ended, by the core (holder-watch.ts).

import type { HostPorts } from "@portlease/native";
import { portserverPool } from "../config/portserver-address.js";
import type { Broker } from "../domain/broker.js";
import type { Clock } from "../domain/boundaries.js";
import type { ActiveLease } from "../domain/lease-table.js";
import type { Holder, LeaseRecord } from "../domain/records.js";

/** The label by which such leases are known, also after a restart; its value is the address. */
export const portserverLabel = "portserver";

/** A renewal that fails has two more chances. */
const renewalsPerTtl = 3;
/** Each is some small files to read: so many in one `advance`. */
const batchMax = 50;

type Host = Pick<HostPorts, "identifyProcess">;

export class KeptLeases {
  readonly #broker: Pick<Broker, "renew" | "findLive">;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #leases = new Map<string, ActiveLease>();
  #round: Iterator<ActiveLease> | null = null;
  #nextMs: number;

  /** `leases`: all that there are; those of others are left alone. */
  constructor(
    broker: Pick<Broker, "renew" | "findLive">,
    host: Host,
    clock: Clock,
    leases: Iterable<ActiveLease>,
  ) {
    this.#broker = broker;
    this.#host = host;
    this.#clock = clock;
    for (const lease of leases) {
      if (isKept(lease.record)) this.#leases.set(lease.record.leaseId, lease);
    }
    // Those that came from before may have been renewed long ago.
    this.#nextMs = this.#leases.size === 0 ? Infinity : clock.monotonicMs();
  }

  get size(): number {
    return this.#leases.size;
  }

  /** A lease that was just granted. */
  add(lease: ActiveLease): void {
    this.#leases.set(lease.record.leaseId, lease);
    this.#nextMs = Math.min(this.#nextMs, this.#clock.monotonicMs() + renewEveryMs(lease));
  }

  /** See Timed in housekeeping.ts. */
  advance(): number | null {
    const nowMs = this.#clock.monotonicMs();
    if (this.#round === null && nowMs < this.#nextMs) return this.#untilNextMs(nowMs);
    this.#round ??= [...this.#leases.values()].values();
    for (let count = 0; count < batchMax; count += 1) {
      const { done, value } = this.#round.next();
      if (done === true) {
        this.#round = null;
        const everyMs = [...this.#leases.values()].map(renewEveryMs);
        this.#nextMs = nowMs + Math.min(...everyMs);
        return this.#untilNextMs(nowMs);
      }
      this.#keep(value);
    }
    return 0;
  }

  #untilNextMs(nowMs: number): number | null {
    return this.#leases.size === 0 ? null : Math.max(0, this.#nextMs - nowMs);
  }

  #keep({ record: { leaseId, holder }, holderKey }: ActiveLease): void {
    if (this.#broker.findLive(leaseId) === null) {
      this.#leases.delete(leaseId);
      return;
    }
    // One that cannot be seen for longer than the TTL has nobody who keeps it.
    if (!this.#runs(holder)) return;
    // Ended meanwhile, or the store is down: the next round finds out.
    void this.#broker.renew(leaseId, holderKey, null).catch(() => undefined);
  }

  #runs({ process }: Holder): boolean {
    if (process === null) return false;
    return this.#host.identifyProcess(process.processId)?.startTime === process.startTime;
  }
}

/**
 * Whether a lease was asked for in this way. Anybody may write the label on a lease of any pool: those have holders that renew them,
 * or are to end.
 */
export function isKept({ pool, holder }: Pick<LeaseRecord, "pool" | "holder">): boolean {
  const { labels, process } = holder;
  return (
    pool === portserverPool && labels[portserverLabel] !== undefined && process?.proven === true
  );
}

function renewEveryMs({ record }: ActiveLease): number {
  return record.ttlMs / renewalsPerTtl;
}
