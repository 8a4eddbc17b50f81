// What the publisher has done so far, and how it stands: for metrics.

/** Counts rise only. */
export interface FleetStats {
  /** etcd has this host, and everything that is told of it. */
  readonly connected: boolean;
  /** Another broker calls its host by the same id. */
  readonly hostIdTaken: boolean;
  /** Leases whose last change etcd does not have yet; while it is away they are not counted. */
  readonly pending: number;
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
  /** When etcd took something last; `null`: never yet. */
  readonly lastSuccessWallMs: number | null;
}

export type FleetCounts = Omit<FleetStats, "connected" | "hostIdTaken" | "pending">;

/** Counts for whoever writes. */
export class FleetCounters implements FleetCounts {
  puts = 0;
  deletes = 0;
  transactions = 0;
  failures = 0;
  reconciles = 0;
  lastReconcileDifferences = 0;
  lastSuccessWallMs: number | null = null;

  get all(): FleetCounts {
    const { puts, deletes, transactions, failures, reconciles } = this;
    const { lastReconcileDifferences, lastSuccessWallMs } = this;
    return {
      puts,
      deletes,
      transactions,
      failures,
      reconciles,
      lastReconcileDifferences,
      lastSuccessWallMs,
    };
  }
}
