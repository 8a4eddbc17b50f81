// Follows the store in the place of one that is only there once the core is: until then it has nothing to tell of.

import type { ChangeFollower } from "../domain/followed-store.js";
import type { SealedChange } from "../domain/records.js";

export class LaterFollower implements ChangeFollower {
  #follower: ChangeFollower | null = null;

  /** What it missed it has to find out by itself. */
  set(follower: ChangeFollower): void {
    this.#follower = follower;
  }

  committed(changes: readonly SealedChange[]): void {
    this.#follower?.committed(changes);
  }

  doubtful(): void {
    this.#follower?.doubtful();
  }

  loaded(revision: number): void {
    this.#follower?.loaded(revision);
  }
}
