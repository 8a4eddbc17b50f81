// A store that says what was committed: every change, exactly once, in the order of the revisions, from the place that all of
// them pass. Watches follow it, so that what they tell is what history says; events.ts tells less, and later.

import type { LeaseStore } from "./boundaries.js";
import type { SealedChange, StoredState } from "./records.js";

export interface ChangeFollower {
  /** The changes follow the last one told or loaded, and are on disk. The core's memory may not show them yet. Must not throw. */
  committed(changes: readonly SealedChange[]): void;
  /** A commit failed: its changes may be on disk or not, and nobody knows until `loaded`. Must not throw. */
  doubtful(): void;
  /** What is on disk was read; `revision` is its last change. Must not throw. */
  loaded(revision: number): void;
}

/** Several as one, told in this order. */
export function followedByAll(followers: readonly ChangeFollower[]): ChangeFollower {
  return {
    committed: (changes) => followers.forEach((follower) => follower.committed(changes)),
    doubtful: () => followers.forEach((follower) => follower.doubtful()),
    loaded: (revision) => followers.forEach((follower) => follower.loaded(revision)),
  };
}

type Loads<State> = Omit<LeaseStore, "load"> & { load(): Promise<State> };

/** `State`: what the store says at load beyond what the core needs. */
export class FollowedStore<State extends StoredState = StoredState> implements LeaseStore {
  readonly #store: Loads<State>;
  readonly #follower: ChangeFollower;

  constructor(store: Loads<State>, follower: ChangeFollower) {
    this.#store = store;
    this.#follower = follower;
  }

  async load(): Promise<State> {
    const state = await this.#store.load();
    this.#follower.loaded(state.revision);
    return state;
  }

  async commit(batch: readonly SealedChange[]): Promise<void> {
    try {
      await this.#store.commit(batch);
    } catch (error) {
      this.#follower.doubtful();
      throw error;
    }
    this.#follower.committed(batch);
  }

  probe(): Promise<void> {
    return this.#store.probe();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
