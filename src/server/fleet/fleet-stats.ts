// What the publisher has done so far, and how it stands: for metrics.

/** Counts rise only. */
export interface FleetStats {
  /** etcd has this host, and everything that is told of it. */
  readonly connected: boolean;
  /** Another broker calls its host by the same id. */
  readonly hostIdTaken: boolean;
  /** Leases whose last change etcd does not have yet; while it is away they are not counted. */
  readonly pendingChanges: number;
  /** Keys of leases, and of the host, that were written. */
  readonly puts: number;
  /** Keys of leases that were removed. */
  readonly deletes: number;
  /** Transactions with which that was done. */
  readonly transactions: number;
  /** Calls that etcd failed, or did not answer. */
  readonly failures: number;
  /** How often everything was compared with what etcd has. */
  readonly reconciles: number;
  /** How many leases were other, missing or too many at the last one. */
  readonly lastReconcileDifferences: number;
  /** How long ago etcd took something; `null`: never yet. */
  readonly lastWriteAgeMs: number | null;
}

/** The counts of it. */
export class FleetCounters {
  puts = 0;
  deletes = 0;
  transactions = 0;
  failures = 0;
  reconciles = 0;
  lastReconcileDifferences = 0;
  /** Monotonic. */
  lastWriteMs: number | null = null;
}
