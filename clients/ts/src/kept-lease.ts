// One lease under the keeper's care: its track, its key, and who is told when something about it changes.

import type { PortReservation, Warning } from "@portlease/proto/portlease/v1/lease.js";
import type { RenewLeaseRequest } from "@portlease/proto/portlease/v1/lease_service.js";
import type { PortleaseError } from "./errors.js";
import { advanced, stateOf, type LeaseState, type LeaseTrack } from "./lease-track.js";

/** Whoever shows the lease to the application. Must not throw. */
export interface LeaseObserver {
  /** The state is another one now. `track.end` says why a lease was lost, `failure` why it was not renewed, if that is known. */
  changed(state: LeaseState, track: LeaseTrack, failure: PortleaseError | null): void;
  renewed(ttlMs: number): void;
  /** The broker has new reservations for the lease: bind with these from now on. */
  reservationsChanged(reservations: readonly PortReservation[]): void;
  warned(warnings: readonly Warning[]): void;
  drainAsked(message: string): void;
}

export class KeptLease {
  readonly leaseId: string;
  readonly observer: LeaseObserver;
  /** Why the newest try to renew had no success; `null` after one that had. For people. */
  lastFailure: PortleaseError | null = null;
  readonly #holderKey: string;
  #track: LeaseTrack;
  /** What the observer was told last; an application takes a new lease for safe until it hears otherwise. */
  #state: LeaseState = "safe";

  constructor(leaseId: string, holderKey: string, track: LeaseTrack, observer: LeaseObserver) {
    this.leaseId = leaseId;
    this.observer = observer;
    this.#holderKey = holderKey;
    this.#track = track;
  }

  get track(): LeaseTrack {
    return this.#track;
  }

  get renewalRequest(): RenewLeaseRequest {
    return { leaseId: this.leaseId, holderKey: this.#holderKey, ttl: undefined };
  }

  /** Applies a change, lets time pass up to now, and tells the observer of another state. Returns the state. */
  apply(change: (track: LeaseTrack) => LeaseTrack, nowMs: number): LeaseState {
    this.#track = advanced(change(this.#track), nowMs);
    const state = stateOf(this.#track, nowMs);
    if (state !== this.#state) {
      this.#state = state;
      this.observer.changed(state, this.#track, this.lastFailure);
    }
    return state;
  }

  /** Lets time pass up to now. */
  look(nowMs: number): LeaseState {
    return this.apply((track) => track, nowMs);
  }
}
