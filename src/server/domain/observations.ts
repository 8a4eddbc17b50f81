// Writes down what was seen of a lease's ports, and tells it. Only what is news: a look that finds what is known writes nothing.

import type { AuditCounters } from "./audit-counters.js";
import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import { containsPort } from "./port-range.js";
import type { Binding, LeaseRecord, ObservedAspect } from "./records.js";

type Seen = Partial<Pick<LeaseRecord, "binding" | "everBound" | "covered">>;

/** How many changes are on their way to disk at once, so that a grant never waits behind many thousands of them. */
const recordingMax = 500;

export class Observations {
  readonly #book: LeaseBook;
  readonly #counters: AuditCounters;
  /** What is on its way to disk is not written twice. */
  readonly #underWay: Readonly<Record<ObservedAspect, WeakSet<ActiveLease>>> = {
    binding: new WeakSet(),
    protection: new WeakSet(),
  };
  #recording = 0;
  #waiting: (() => void)[] = [];

  constructor(book: LeaseBook, counters: AuditCounters) {
    this.#book = book;
    this.#counters = counters;
  }

  /** Resolves once few enough changes are on their way to disk. Whoever has many to tell waits for it now and then. */
  async room(): Promise<void> {
    if (this.#recording < recordingMax) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** `detail` is a sentence for people. */
  binding(lease: ActiveLease, binding: Binding, detail: string): void {
    const everBound = lease.record.everBound || binding === "bound";
    if (lease.record.binding === binding && lease.record.everBound === everBound) return;
    this.#record(lease, "binding", { binding, everBound }, detail);
  }

  /** `uncovered`: the ports of the lease's block that are not covered now. */
  protection(lease: ActiveLease, uncovered: readonly number[]): void {
    const bare = uncovered.filter((port) => containsPort(lease.record.ports, port));
    const covered = bare.length === 0;
    if (lease.record.covered === covered) return;
    const detail = covered
      ? "all of its ports are covered by their reservation again"
      : `the reservation does not cover ${bare.join(", ")}, so that others can bind there`;
    this.#record(lease, "protection", { covered }, detail);
  }

  #record(lease: ActiveLease, aspect: ObservedAspect, seen: Seen, detail: string): void {
    if (!this.#book.isHeld(lease) || this.#book.journal.failed) return;
    if (this.#underWay[aspect].has(lease)) return;
    this.#underWay[aspect].add(lease);
    this.#recording += 1;
    // A store that fails puts the broker into its read-only state; the next look after that sees the same again.
    void this.#write(lease, aspect, seen, detail)
      .catch(() => undefined)
      .finally(() => this.#recorded(lease, aspect));
  }

  #recorded(lease: ActiveLease, aspect: ObservedAspect): void {
    this.#underWay[aspect].delete(lease);
    this.#recording -= 1;
    if (this.#recording >= recordingMax) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #write(
    lease: ActiveLease,
    aspect: ObservedAspect,
    seen: Seen,
    detail: string,
  ): Promise<void> {
    await this.#book.changeLease(
      lease,
      () => seen,
      (changed) => ({ type: "lease_observed", aspect, lease: changed }),
      ({ revision, wallMs }) => {
        this.#counters.recorded += 1;
        const { record } = lease;
        const event = { type: "lease_observed", aspect, revision, wallMs, lease: record } as const;
        this.#book.events.publish({ ...event, detail });
      },
    );
  }
}
