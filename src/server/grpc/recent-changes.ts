// The last changes, each encoded once for all watches, and how much of them a watch is sent at once. Bounded in number and in bytes:
// a watch that needs an older one was too slow. Keeps nothing while nobody watches.

import { WatchLeasesResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseRecord, SealedChange } from "../domain/records.js";
import { leaseChanged } from "../domain/lease-history.js";
import { toLeaseEvent } from "./lease-events.js";
import { MessageBatch } from "./message-batch.js";
import type { WatchRequest } from "./watch-request.js";

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

/**
 * Of several changes that are written at once. As much as the window of a stream has at first, so that more would wait in any case
 * (https://www.rfc-editor.org/rfc/rfc9113#section-6.9.2). It bounds what a watch costs whose reader does not read, too.
 */
export const portionBytesMax = 65_535;

/** What of a watch decides what it is sent. */
type Wanted = Pick<WatchRequest, "filter" | "filterText">;

/** What is written at once. */
export interface Portion {
  /** The last change that was looked at. */
  readonly revision: number;
  /** `null` when the filter matched none. */
  readonly written: Buffer | MessageBatch<Buffer> | null;
}

/** Dropped in portions of this share, so that most additions drop nothing. */
const dropShare = 8;

export class RecentChanges {
  readonly #limits: RecentLimits;
  #changes: RecentChange[] = [];
  #bytes = 0;
  #revision = 0;
  /** Watches that keep up are all sent the same one. */
  #lastPortion: { readonly key: string; readonly portion: Portion } | null = null;

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
    this.#lastPortion = null;
    this.#revision = revision;
  }

  /** `keep` false: nobody watches, so only the revision is noted. */
  add(changes: readonly SealedChange[], keep: boolean): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    this.#lastPortion = null;
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

  /** What a watch is sent after a revision. The change that follows it must be here. */
  portionAfter(revision: number, wanted: Wanted): Portion {
    const key = `${revision} ${wanted.filterText}`;
    if (this.#lastPortion?.key !== key) {
      const portion = portionOf(this.#changes, revision + 1 - this.oldest, wanted);
      this.#lastPortion = { key, portion };
    }
    return this.#lastPortion.portion;
  }

  #dropOldest(): void {
    const dropped = this.#changes.splice(0, Math.ceil(this.#changes.length / dropShare));
    for (const { message } of dropped) this.#bytes -= message?.length ?? 0;
  }
}

/** Of consecutive changes, those from an index on, as far as they are written at once; at least one. */
export function portionOf(
  changes: readonly RecentChange[],
  from: number,
  { filter }: Wanted,
): Portion {
  const messages: Buffer[] = [];
  let revision = 0;
  let bytes = 0;
  let index = from;
  for (let change = changes[index]; change !== undefined; change = changes[index]) {
    const { lease, message } = change;
    if (message !== null && lease !== null && filter.matches(lease)) {
      bytes += message.length;
      if (bytes > portionBytesMax && messages.length > 0) break;
      messages.push(message);
    }
    revision = change.revision;
    index += 1;
  }
  return { revision, written: writtenAtOnce(messages) };
}

function writtenAtOnce(messages: readonly Buffer[]): Portion["written"] {
  return messages.length > 1 ? new MessageBatch(messages) : (messages[0] ?? null);
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
