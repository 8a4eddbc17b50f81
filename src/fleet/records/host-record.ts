// A host as its broker tells it to the fleet.

export interface HostRecord {
  /** The host's own name. */
  readonly hostName: string;
  /** Tells this broker from another one that calls its host by the same id: a digest of something only it knows. */
  readonly brokerId: string;
  /** The name or address by which other hosts reach it. */
  readonly address: string;
  readonly version: string;
  readonly platform: string;
  /** Where the broker serves gRPC, the best first. */
  readonly brokerAddresses: readonly string[];
  /** "": nowhere. */
  readonly dashboardUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startedWallMs: number;
  /** When this was said, by the broker's wall clock; 0: never, by a broker that is known from a list of addresses alone. */
  readonly saidWallMs: number;
  readonly serving: "serving" | "read-only" | "stopped";
  /** By name. */
  readonly pools: readonly PoolRecord[];
  /** The worst first. */
  readonly problems: readonly ProblemRecord[];
  readonly grants: GrantCounts;
}

export interface PoolRecord {
  readonly name: string;
  readonly protocol: "tcp" | "udp" | "tcp-and-udp";
  readonly kind: "persistent" | "runtime" | "administered" | "held";
  readonly usage: UsageRecord;
  readonly waitingRequests: number;
}

/** The numbers add up to `total`, but for the last. */
export interface UsageRecord {
  readonly total: number;
  readonly free: number;
  readonly leased: number;
  readonly quarantined: number;
  readonly unavailable: number;
  readonly largestFreeRun: number;
}

/** As the message Problem of the API has it. */
export interface ProblemRecord {
  readonly severity: "info" | "warning" | "critical";
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
  /** "": none. */
  readonly pool: string;
  /** "": none. */
  readonly blockId: string;
  /** 0: none. */
  readonly port: number;
  /** "": none. */
  readonly leaseId: string;
}

/** Leases granted in whole minutes, at most the last 60. */
export interface GrantCounts {
  /** When the first of the minutes began: a multiple of 60,000. */
  readonly firstMinuteWallMs: number;
  /** Oldest first. */
  readonly counts: readonly number[];
}
