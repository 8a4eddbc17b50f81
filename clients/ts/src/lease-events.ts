// What a Lease tells its application, as typed events.

import type { LostReason } from "./lease-track.js";

/** Why a lease is gone. */
export interface LeaseLost {
  readonly reason: LostReason;
  /** The same for people. */
  readonly message: string;
}

/** Why a lease may be gone soon. */
export interface LeaseJeopardy {
  /** `unrenewed`: no renewal came through for two thirds of the TTL. `paused`: this process, or its machine, stood still. */
  readonly cause: "unrenewed" | "paused";
  /** How long until the lease is lost, in milliseconds, unless the broker answers. */
  readonly leftMs: number;
}

/** Event names and what their listeners are called with. Events come one tick after what they tell of. */
export interface LeaseEvents {
  /** The broker renewed the lease. */
  renewed: [];
  /** The state changed from `safe` to `jeopardy`. */
  jeopardy: [jeopardy: LeaseJeopardy];
  /** The state changed from `jeopardy` back to `safe`. */
  safe: [];
  /** The lease is gone: stop using the port. Comes at most once, and never after `release()`. */
  lost: [lost: LeaseLost];
  /**
   * The kernel's token of a port, or the way to bind it, is another one now: `lease.reservations` has it. Only for those who bind
   * by themselves; sockets that are bound are not touched.
   */
  tokenChanged: [];
  /** The operator takes the port's block out of use: move to another lease when convenient. */
  drain: [message: string];
}
