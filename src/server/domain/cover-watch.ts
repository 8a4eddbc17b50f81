// Leased ports that their reservation does not cover, as after a restart beside their holders (semantics.md 18): each is
// covered again as soon as the operating system allows it. A lease whose port a stranger took meanwhile is ended.

import type { StrangerFinder, StrangerVerdict } from "./boundaries.js";
import { DeadlineQueue } from "./deadline-queue.js";
import type { Ending } from "./ending.js";
import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import type { Observations } from "./observations.js";
import { containsPort } from "./port-range.js";

/** Pause before the first attempt, doubled after each one up to the maximum. */
const retryFirstMs = 1_000;
const retryMaxMs = 30_000;
/** How many ports one `advance` handles, and for how long: each costs system calls, or (ADMINISTERED) a program that is run. */
const advanceBatchMax = 64;
const advanceMsMax = 20;

interface Uncovered {
  readonly lease: ActiveLease;
  readonly port: number;
  delayMs: number;
  /** Who is on the port is being found out. */
  asking: boolean;
}

interface Refused {
  readonly uncovered: Uncovered;
  readonly reason: string;
}

export class CoverWatch {
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #strangers: StrangerFinder;
  readonly #observations: Observations;
  readonly #queue = new DeadlineQueue<Uncovered>();
  /** Leases whose unprotected state was told, so that each is told once. */
  readonly #told = new WeakSet<ActiveLease>();

  constructor(
    book: LeaseBook,
    ending: Ending,
    strangers: StrangerFinder,
    observations: Observations,
  ) {
    this.#book = book;
    this.#observations = observations;
    this.#ending = ending;
    this.#strangers = strangers;
  }

  /** When `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    return this.#queue.nextDeadlineMs;
  }

  /** Looks at all leases anew; what was watched before is forgotten, because the leases may be others now. */
  watchAll(): void {
    while (this.#queue.popDue(Infinity) !== null);
    const uncovered = new Map(
      this.#book.blocks().map((block) => [block, block.reservation.uncoveredPorts()]),
    );
    for (const lease of this.#book.leases.all()) {
      for (const port of uncovered.get(lease.block) ?? []) {
        if (!containsPort(lease.record.ports, port)) continue;
        this.#tryLater({ lease, port, delayMs: retryFirstMs, asking: false });
      }
    }
  }

  /** A port of the lease turned out to be uncovered. */
  watch(lease: ActiveLease, port: number): void {
    this.#tryLater({ lease, port, delayMs: retryFirstMs, asking: false });
  }

  /** True when there is more to do at once. */
  advance(nowMs: number): boolean {
    const refused: Refused[] = [];
    let more = true;
    for (let count = 0; more && count < advanceBatchMax; count += 1) {
      const due = this.#queue.popDue(nowMs);
      if (due === null) more = false;
      // A port without a lease is the block's to look after.
      else if (this.#book.isHeld(due.lease)) refused.push(...this.#cover(due));
      if (this.#book.clock.monotonicMs() - nowMs >= advanceMsMax) break;
    }
    if (refused.length > 0) void this.#askWhoIsThere(refused);
    return more;
  }

  /** Answers what is to be asked about. */
  #cover(uncovered: Uncovered): readonly Refused[] {
    const { lease, port } = uncovered;
    const reason = coverFailure(lease, port);
    if (reason === null) {
      const { leaseId, ports } = lease.record;
      this.#book.events.publish({ type: "lease_reservation_changed", leaseId, ports, port });
      this.#observations.protection(lease, lease.block.reservation.uncoveredPorts());
      return [];
    }
    this.#tryLater(uncovered);
    if (uncovered.asking) return [];
    uncovered.asking = true;
    return [{ uncovered, reason }];
  }

  async #askWhoIsThere(refused: readonly Refused[]): Promise<void> {
    const verdicts = await this.#strangers.findStrangers(
      refused.map(({ uncovered: { lease, port } }) => {
        const { protocol, holder } = lease.record;
        return { protocol, port, holder: holder.process };
      }),
    );
    for (const [index, { uncovered, reason }] of refused.entries()) {
      uncovered.asking = false;
      const verdict = verdicts[index];
      if (verdict !== undefined) this.#conclude(uncovered, reason, verdict);
    }
  }

  /** Only a proven stranger ends a lease; every doubt leaves it as it is. */
  #conclude({ lease, port }: Uncovered, whyNotCovered: string, verdict: StrangerVerdict): void {
    if (!this.#book.isHeld(lease) || !lease.block.reservation.uncoveredPorts().includes(port))
      return;
    if (verdict.state === "stranger") {
      // A store that fails now is tried again with the next look.
      void this.#ending.end(lease, "port_lost").catch(() => undefined);
      return;
    }
    if (verdict.state === "none" || this.#told.has(lease)) return;
    this.#told.add(lease);
    const { leaseId } = lease.record;
    const reason = `${whyNotCovered}; ${verdict.reason}`;
    this.#book.events.publish({ type: "lease_unprotected", leaseId, port, reason });
  }

  #tryLater(uncovered: Uncovered): void {
    this.#queue.set(uncovered, this.#book.clock.monotonicMs() + uncovered.delayMs);
    uncovered.delayMs = Math.min(uncovered.delayMs * 2, retryMaxMs);
  }
}

/** `null` when the port is covered now. */
function coverFailure(lease: ActiveLease, port: number): string | null {
  try {
    const check = lease.block.reservation.coverPort(port);
    return check.state === "free" ? null : check.reason;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
