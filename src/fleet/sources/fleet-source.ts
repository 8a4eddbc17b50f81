// Where a fleet server's view comes from: an etcd to which brokers publish, or the brokers themselves. A source tells a FleetSink what
// it hears, by itself and for as long as it is open; who looks at the view is nothing to it.

export interface FleetSource {
  readonly kind: "etcd" | "brokers";
  /** Its addresses as they are now, without secrets. */
  readonly addresses: readonly string[];
  /** Begins to listen. Returns at once; what cannot be reached is tried again for ever, and told as setSource. Called once. */
  start(): void;
  /**
   * Removes a host that is not heard from, with its leases, for every fleet server. One that is heard from later is there again.
   * Rejects with FleetSourceError. What was removed before it failed stays removed, and calling again goes on from there.
   */
  forgetHost(hostId: string): Promise<ForgottenHost>;
  /** What it has done since it was started. */
  readonly stats: SourceStats;
  /** Ends everything that is under way; the sink is told nothing more. Resolves when it is over. Idempotent. */
  close(): Promise<void>;
}

export interface ForgottenHost {
  readonly forgottenLeases: number;
}

/** Counts only rise, but for the last two. */
export interface SourceStats {
  /** Times that everything was read anew: the first time, and where a watch could not go on. */
  readonly snapshots: number;
  /** Times that a watch went on from where it had been. */
  readonly resumes: number;
  /** Times that what a watch wanted next was compacted away, or known to the broker no more. */
  readonly compactions: number;
  /** Changes that watches have told. */
  readonly events: number;
  /** Times that it could not be reached, or broke off. */
  readonly failures: number;
  /** Hosts that were removed because they were not heard from for the whole retention. */
  readonly retired: number;
  /** Entries that cannot be understood now. */
  readonly unreadable: number;
  /** How long ago it was last heard, by the monotonic clock; `null`: never yet. */
  readonly sinceHeardMs: number | null;
}

export type FleetSourceErrorCode =
  /** It knows no such host. */
  | "HOST_NOT_FOUND"
  /** The host is there: it would only come back. */
  | "HOST_IS_HEARD_FROM"
  /** The hosts are a list of addresses, and it is changed there. */
  | "HOSTS_ARE_GIVEN"
  /** etcd did not do it; it may have done a part. */
  | "ETCD_UNAVAILABLE"
  /** close() was called. */
  | "CLOSED";

export class FleetSourceError extends Error {
  readonly code: FleetSourceErrorCode;

  /** `message` says what happened, why, and what to do. */
  constructor(code: FleetSourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FleetSourceError";
    this.code = code;
  }
}
