// What the core tells the world after a change is on disk. Consumers (sessions, watches, logs, metrics) each take what they need.

import type { PortRange } from "./port-range.js";
import type {
  BlockRecord,
  EndedLeaseRecord,
  LeaseRecord,
  ObservedAspect,
  PoolAdjustment,
} from "./records.js";

export type BrokerEvent =
  | {
      readonly type: "lease_granted" | "lease_ttl_changed";
      readonly revision: number;
      readonly wallMs: number;
      readonly lease: LeaseRecord;
    }
  | {
      readonly type: "lease_observed";
      readonly aspect: ObservedAspect;
      readonly revision: number;
      readonly wallMs: number;
      readonly lease: LeaseRecord;
      /** For people: who is bound to which port, say. */
      readonly detail: string;
    }
  | {
      readonly type: "lease_ended";
      readonly revision: number;
      readonly wallMs: number;
      readonly ended: EndedLeaseRecord;
    }
  | {
      readonly type: "block_changed";
      readonly revision: number;
      readonly wallMs: number;
      readonly block: BlockRecord;
    }
  /** An operator changed a pool beyond its configuration: it is this now. */
  | {
      readonly type: "pool_adjusted";
      readonly revision: number;
      readonly wallMs: number;
      readonly adjustment: PoolAdjustment;
    }
  /** A leased port is not covered, somebody is bound to it, and it cannot be told that it is a stranger. Told once a lease. */
  | {
      readonly type: "lease_unprotected";
      readonly leaseId: string;
      readonly port: number;
      readonly reason: string;
    }
  /** A block with this lease is being drained: its holder should move. Not durable; the block's record says it. */
  | { readonly type: "lease_drain_asked"; readonly leaseId: string; readonly blockId: string }
  /** A block that nobody uses any more is given back. */
  | { readonly type: "block_removed"; readonly blockId: string }
  /** The operating system did not take a block back; it is tried again. */
  | {
      readonly type: "block_not_removed";
      readonly blockId: string;
      readonly reason: string;
      readonly retryInMs: number;
    }
  /** The broker did not run for so long; its leases were not charged for it. Not durable. */
  | { readonly type: "stalled"; readonly gapMs: number }
  /** A pool that is nearly full could not get one more block; it is tried again. */
  | {
      readonly type: "pool_not_grown";
      readonly pool: string;
      readonly portCount: number;
      readonly reason: string;
      readonly retryInMs: number;
    }
  /** The store failed, or works again. Not durable, so without a revision of its own. */
  | { readonly type: "store_failed"; readonly reason: string }
  | { readonly type: "store_recovered"; readonly revision: number }
  /**
   * A leased port is reserved in another way than its holder was told: covered again, or with a new token. Not durable: it is
   * what the operating system has now.
   */
  | {
      readonly type: "lease_reservation_changed";
      readonly leaseId: string;
      readonly ports: PortRange;
      readonly port: number;
    }
  /** Several processes wait on one leased port that are not known to belong together. Told once for as long as it lasts. */
  | {
      readonly type: "port_contested";
      readonly leaseId: string;
      readonly port: number;
      readonly detail: string;
    }
  /** The operating system did not hold ports of a block any more. `repaired`: it does again. */
  | {
      readonly type: "block_drifted";
      readonly blockId: string;
      readonly ports: readonly PortRange[];
      readonly detail: string;
      readonly repaired: boolean;
    }
  /** The tables of the host cannot be read, so that nothing is known of who is bound; told once for as long as it lasts. */
  | { readonly type: "audit_blind"; readonly reason: string }
  /** A free port turned out to be in use by somebody; it is left out until it is free. */
  | { readonly type: "port_in_use"; readonly port: number; readonly reason: string };
