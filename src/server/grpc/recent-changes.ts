// The last changes, each encoded once for all watches. Bounded in number and in bytes: a watch that needs an older one was too
// slow. Keeps nothing while nobody watches.

import { WatchLeasesResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseRecord, SealedChange } from "../domain/records.js";
import { leaseChanged } from "../domain/lease-history.js";
import { toLeaseEvent } from "./lease-events.js";

export interface RecentChange {
  readonly revision: number;
  /** What filters look at, and what is sent; both `null` for a change that makes no event. */
  readonly lease: LeaseRecord | null;
  readonly message: Buffer | null;
}

export interface RecentLimits {
  /** More than the largest batch of the journal several times over, so that no batch alone outruns a reader. */
  readonly changesMax: number;
  readonly bytesMax: number;
}

export const recentLimits: RecentLimits = { changesMax: 16_384, bytesMax: 32 * 1_024 * 1_024 };

/** Dropped in portions of this share, so that most additions drop nothing. */
const dropShare = 8;

export class RecentChanges {
  readonly #limits: RecentLimits;
  #changes: RecentChange[] = [];
  #bytes = 0;
  #revision = 0;

  constructor(limits: RecentLimits) {
    this.#limits = limits;
  }

  /** The last revision on disk that was told. */
  get revision(): number {
    return this.#revision;
  }

  /** The first revision that is still here; the one that comes next when none is. */
  get oldest(): number {
    return this.#revision - this.#changes.length + 1;
  }

  /** Forgets everything; the next change has the revision after this one. */
  restart(revision: number): void {
    this.#changes = [];
    this.#bytes = 0;
    this.#revision = revision;
  }

  /** `keep` false: nobody watches, so only the revision is noted. */
  add(changes: readonly SealedChange[], keep: boolean): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    if (!keep) return this.restart(last.revision);
    for (const sealed of changes) {
      const recent = encoded(sealed);
      this.#changes.push(recent);
      this.#bytes += recent.message?.length ?? 0;
    }
    this.#revision = last.revision;
    while (this.#changes.length > this.#limits.changesMax || this.#bytes > this.#limits.bytesMax) {
      this.#dropOldest();
    }
  }

  /** `null` when it was dropped, or is yet to come. */
  at(revision: number): RecentChange | null {
    return this.#changes[revision - this.oldest] ?? null;
  }

  #dropOldest(): void {
    const dropped = this.#changes.splice(0, Math.ceil(this.#changes.length / dropShare));
    for (const { message } of dropped) this.#bytes -= message?.length ?? 0;
  }
}

/** As a message of a watch. */
export function encoded(sealed: SealedChange): RecentChange {
  const { revision } = sealed;
  const event = toLeaseEvent(sealed);
  if (event === null) return { revision, lease: null, message: null };
  const message = encodeMessage({ $case: "event", value: event });
  return { revision, lease: leaseChanged(sealed), message };
}

export function encodeMessage(message: NonNullable<WatchLeasesResponse["message"]>): Buffer {
  return Buffer.from(WatchLeasesResponse.encode({ message }).finish());
}
