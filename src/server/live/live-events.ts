// What has happened, for live views: the durable changes of leases from the store itself, as history tells them, and the core's
// other events as notices. Keeps nothing while nobody watches.

import type { Clock, EventSink } from "../domain/boundaries.js";
import type { BrokerEvent } from "../domain/events.js";
import type { ChangeFollower } from "../domain/followed-store.js";
import { leaseChanged } from "../domain/lease-history.js";
import type { SealedChange } from "../domain/records.js";
import { type Notice, toNotice } from "./notices.js";
import { type EventsSince, RecentEvents } from "./recent-events.js";

export type LiveEvent =
  | { readonly wallMs: number; readonly change: SealedChange; readonly notice: null }
  | { readonly wallMs: number; readonly change: null; readonly notice: Notice };

export class LiveEvents implements ChangeFollower, EventSink {
  readonly #clock: Clock;
  readonly #recent = new RecentEvents<LiveEvent>();
  #readers = 0;

  /** For the wall clock of notices. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on events are kept, until `leave`. Returns where this reader begins. */
  join(): number {
    this.#readers += 1;
    return this.#recent.count;
  }

  leave(): void {
    this.#readers -= 1;
  }

  /** How many events there were until now. */
  get count(): number {
    return this.#recent.count;
  }

  since(count: number, itemsMax: number): EventsSince<LiveEvent> {
    return this.#recent.since(count, itemsMax);
  }

  committed(changes: readonly SealedChange[]): void {
    if (this.#readers === 0) return;
    for (const change of changes) {
      if (leaseChanged(change) === null) continue;
      this.#recent.add({ wallMs: change.wallMs, change, notice: null });
    }
  }

  /** A live view shows what is in memory; that something is in doubt is a notice of its own. */
  doubtful(): void {}

  loaded(): void {}

  publish(event: BrokerEvent): void {
    if (this.#readers === 0) return;
    const notice = toNotice(event);
    if (notice !== null) {
      this.#recent.add({ wallMs: this.#clock.wallMs(), change: null, notice });
    }
  }
}
