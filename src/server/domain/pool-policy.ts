// What a pool is to be like: the configuration of one pool as the core needs it. Plain data.

import type { Isolation, PickPolicyName, Pin, Protocol, ReservationKind } from "./records.js";

export type { PickPolicyName, Pin } from "./records.js";

export interface PoolPolicy {
  readonly name: string;
  readonly protocol: Protocol;
  readonly kind: ReservationKind;
  /** True: nobody asked for this kind; it is what is best on this host. */
  readonly kindIsAuto: boolean;
  readonly isolation: Isolation;
  /** A given first port; `null` when the pool may lie anywhere. */
  readonly startPort: number | null;
  /** Who picks the first port of a block when none is given; see the native layer's request of the same name. */
  readonly pick: "auto" | "any";
  /** How many ports the configuration asks for. */
  readonly size: number;
  /** To how many ports the pool may grow; equal to `size` when it does not. */
  readonly sizeMax: number;
  /** How many ports one more block has. */
  readonly growBy: number;
  /** A block that was added by growth goes when nothing was leased from it for so long. */
  readonly shrinkAfterMs: number;
  readonly pickPolicy: PickPolicyName;
  /** Ports that belong to one service, and are never given to others. */
  readonly pins: readonly Pin[];
  /** How many of the first ports are given out only when the others are all in use, so that they stay for who names them. */
  readonly staticPorts: number;
  readonly quota: Quota;
  /** No longer configured: lives until its last lease ends, grants nothing. */
  readonly retired: boolean;
  readonly ttlDefaultMs: number;
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
  /** Longest TTL of a new lease once more than `crowdedShare` of the pool's ports are leased. */
  readonly ttlCrowdedMs: number;
  /** 0 to 1; 1: the pool is never crowded. */
  readonly crowdedShare: number;
  readonly quarantineMs: number;
  /** At most this share (0 to 1) of the pool's ports rests; more make the rest of all shorter, down to the floor. */
  readonly quarantineShareMax: number;
  /** No rest is cut below this; at most `quarantineMs`. */
  readonly quarantineFloorMs: number;
  readonly portCountMax: number;
}

/** How many ports one service may have leased from the pool at once. */
export interface Quota {
  /** For a service that is not named; `null`: no limit. */
  readonly perService: number | null;
  /** By the service's name; `null`: no limit for it, whatever `perService` says. */
  readonly services: ReadonlyMap<string, number | null>;
}
