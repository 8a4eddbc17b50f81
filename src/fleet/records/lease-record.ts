// A lease as a host tells it to the fleet: no holder key, no reservation token, no process. What it expires by is not told, since
// renewals are not (semantics.md 31).

export interface LeaseRecord {
  readonly pool: string;
  readonly protocol: "tcp" | "udp" | "tcp-and-udp";
  /** 1 to 65535. */
  readonly port: number;
  /** 1 or more: port to port + portCount - 1. */
  readonly portCount: number;
  /** As the holder says it; "": unnamed. */
  readonly service: string;
  /** As the holder says it; "": none. */
  readonly instance: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ttlMs: number;
  /** By the broker's wall clock. */
  readonly grantedWallMs: number;
  /** The fencing number. */
  readonly generation: number;
  readonly binding: "unknown" | "unbound" | "bound" | "stranger" | "orphaned";
  /** The reservation does not cover the port now. */
  readonly unprotected: boolean;
  /** An operator drains its block. */
  readonly draining: boolean;
}
