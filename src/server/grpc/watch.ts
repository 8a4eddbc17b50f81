// One watch: a snapshot if it is asked for, then every change in the order of the revisions. It pulls: what it has not sent yet
// stays where all watches share it (recent-changes.ts), or on disk, so a reader that does not read costs no memory of its own.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { ServerWritableStream } from "@grpc/grpc-js";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import type { WatchLeasesRequest } from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { LeaseHistory } from "../domain/lease-history.js";
import { storeUnavailable } from "../domain/refusals.js";
import { toWireLease } from "./convert.js";
import type { LeaseSnapshot } from "./lease-snapshot.js";
import type { MessageBatch } from "./message-batch.js";
import {
  encoded,
  encodeMessage,
  type Portion,
  portionOf,
  type RecentChanges,
} from "./recent-changes.js";
import { toWireError } from "./rich-error.js";
import {
  type LastSent,
  revisionAhead,
  revisionCompacted,
  watchInDoubt,
  watchStopping,
  watchTooSlow,
} from "./watch-refusals.js";
import type { WatchRequest } from "./watch-request.js";

/** About 10 kB; 1 MB with the longest labels. One part waits for its reader at a time, so this bounds what a stalled one costs. */
const leasesPerPartMax = 32;
/** What one watch that catches up holds in memory, at most. */
const changesPerReadMax = 128;

/** Messages are encoded before they are written: one change goes to many watches. */
export type WatchCall = ServerWritableStream<WatchLeasesRequest, Buffer | MessageBatch<Buffer>>;

export interface WatchSources {
  readonly broker: Pick<Broker, "recordedLeases">;
  readonly history: LeaseHistory;
  /** The broker's, which may stand still: for what is left of a lease. */
  readonly clock: Clock;
}

/** What a watch gets from the registry that it belongs to. */
export interface WatchHome {
  readonly recent: RecentChanges;
  /** For bookmarks: what readers count is real time. */
  readonly clock: Clock;
  takeSnapshot(): LeaseSnapshot;
  /** Called once, when the watch is over for whatever reason. `error`: what is no refusal, for the log. */
  ended(watch: Watch, error: unknown): void;
}

export class Watch {
  readonly #call: WatchCall;
  readonly #request: WatchRequest;
  readonly #sources: WatchSources;
  readonly #home: WatchHome;
  /** Everything up to this revision was sent, or is in the snapshot. */
  #cursor: number;
  /** True from the snapshot on, or once it has caught up from disk: what comes next is kept in memory for it. */
  #live = false;
  #snapshotSent: boolean;
  #ended = false;
  #lastWriteMs: number;
  #onChange: (() => void) | null = null;
  #onTaken: (() => void) | null = null;

  /** By how many revisions it is behind one that is on disk. A snapshot that is being sent is behind nothing. */
  lagBehind(revision: number): number {
    return this.#snapshotSent ? Math.max(0, revision - this.#cursor) : 0;
  }

  constructor(call: WatchCall, request: WatchRequest, sources: WatchSources, home: WatchHome) {
    this.#call = call;
    this.#request = request;
    this.#sources = sources;
    this.#home = home;
    this.#cursor = request.startRevision - 1;
    this.#snapshotSent = request.startRevision > 0;
    this.#lastWriteMs = home.clock.monotonicMs();
    call.on("cancelled", () => this.#finish(null));
    call.on("close", () => this.#finish(null));
    // Whoever ends it from outside does it so; a word more would take the place of the reason.
    call.on("error", () => this.#finish(null));
  }

  /** Serves the watch to its end; never rejects. */
  async run(): Promise<void> {
    try {
      // In a turn of its own, in which memory and `recent` are at the same revision: both follow a commit within one turn.
      await nextTurn();
      if (this.#snapshotSent) this.#checkStart();
      else await this.#sendSnapshot();
      await this.#sendChanges();
    } catch (error) {
      this.#endWith(error);
    }
  }

  /** Something was committed. */
  wake(): void {
    this.#onChange?.();
  }

  /** Ends it if what it needs next was dropped. One that reads from disk can be as slow as it likes. */
  endIfTooSlow(): void {
    if (this.#live && this.#cursor + 1 < this.#home.recent.oldest) {
      this.#endWith(watchTooSlow(this.#lastSent()));
    }
  }

  endInDoubt(): void {
    this.#endWith(watchInDoubt(this.#lastSent()));
  }

  endStopping(): void {
    this.#endWith(watchStopping(this.#lastSent()));
  }

  /** Sends a bookmark when nothing was sent for long. Returns in how many milliseconds to ask again; `null`: never. */
  bookmark(nowMs: number): number | null {
    const { bookmarkEveryMs } = this.#request;
    if (bookmarkEveryMs === null || this.#ended) return null;
    const leftMs = this.#lastWriteMs + bookmarkEveryMs - nowMs;
    if (leftMs > 0) return leftMs;
    this.#lastWriteMs = nowMs;
    // A reader that has not read what was sent learns nothing from a bookmark.
    if (this.#snapshotSent && this.#call.writableLength === 0) {
      this.#write(encodeMessage({ $case: "bookmark", value: { revision: BigInt(this.#cursor) } }));
    }
    return bookmarkEveryMs;
  }

  #checkStart(): void {
    const { revision } = this.#home.recent;
    if (this.#cursor > revision) throw revisionAhead(this.#request.startRevision, revision);
  }

  async #sendSnapshot(): Promise<void> {
    const { revision, leases, records } = this.#home.takeSnapshot();
    this.#cursor = revision;
    this.#live = true;
    let part: Lease[] = [];
    for (const [index, record] of records.entries()) {
      const lease = leases[index];
      if (lease === undefined || !this.#request.filter.matches(record)) continue;
      part.push(toWireLease({ ...lease, record }, this.#sources.clock));
      if (part.length < leasesPerPartMax) continue;
      await this.#sendPart(part, false, revision);
      if (this.#ended) return;
      part = [];
    }
    await this.#sendPart(part, true, revision);
    this.#snapshotSent = true;
  }

  #sendPart(leases: Lease[], complete: boolean, revision: number): Promise<void> {
    const value = { leases, complete, revision: BigInt(revision) };
    return this.#send(encodeMessage({ $case: "snapshot", value }));
  }

  async #sendChanges(): Promise<void> {
    const { recent } = this.#home;
    while (!this.#ended) {
      const next = this.#cursor + 1;
      if (next > recent.revision) {
        this.#live = true;
        await this.#change();
      } else if (next >= recent.oldest) {
        this.#live = true;
        await this.#sendPortion(recent.portionAfter(this.#cursor, this.#request));
      } else {
        await this.#sendKept();
      }
    }
  }

  /** A portion out of history. */
  async #sendKept(): Promise<void> {
    const { history } = this.#sources;
    const { baseRevision, changes } = await history.readChanges(this.#cursor, changesPerReadMax);
    if (this.#cursor < baseRevision) throw revisionCompacted(this.#cursor + 1, baseRevision + 1);
    // The store answers in order, so what was told to be committed is there.
    if (changes.length === 0) throw storeUnavailable();
    const first = this.#cursor + 1;
    const kept = changes.map(encoded);
    while (!this.#ended && this.#cursor - first + 1 < kept.length) {
      await this.#sendPortion(portionOf(kept, this.#cursor - first + 1, this.#request));
    }
  }

  async #sendPortion({ revision, written }: Portion): Promise<void> {
    if (this.#ended) return;
    this.#cursor = revision;
    if (written !== null) await this.#send(written);
  }

  /** Resolves when the connection has taken it, or the watch has ended: so one message or batch waits for its reader at a time. */
  #send(written: Buffer | MessageBatch<Buffer>): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onTaken = resolve;
      this.#write(written, resolve);
    });
  }

  #write(written: Buffer | MessageBatch<Buffer>, taken?: () => void): void {
    this.#lastWriteMs = this.#home.clock.monotonicMs();
    this.#call.write(written, taken);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }

  #lastSent(): LastSent {
    return this.#snapshotSent ? this.#cursor : null;
  }

  #endWith(error: unknown): void {
    if (this.#ended) return;
    this.#finish(error);
    const { cancelled, destroyed, writableEnded } = this.#call;
    // grpc-js sends what was written before, then the status.
    if (!cancelled && !destroyed && !writableEnded) this.#call.emit("error", toWireError(error));
  }

  #finish(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onChange?.();
    this.#onTaken?.();
    this.#home.ended(this, error);
  }
}
