// Leases that are taken back when nobody binds their ports in time (`bindWithinMs`). The time counts from the grant, and for a
// lease that was taken over from disk from then. Sockets are found by two looks: the tables, and a bind that proves the rest.

import type { PortJudgement, PortWitness } from "./audit-boundaries.js";
import type { AuditCounters } from "./audit-counters.js";
import type { BlockReservation } from "./boundaries.js";
import { DeadlineQueue } from "./deadline-queue.js";
import type { Ending } from "./ending.js";
import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease, LeaseFollower } from "./lease-table.js";
import type { Observations } from "./observations.js";
import { eachPort } from "./port-range.js";

/** How many leases one look is for; the others wait for the next. */
const lookMax = 256;
/** A lease of which it cannot be told is looked at again after this. */
const lookAgainMs = 5_000;

export class NeverBound implements LeaseFollower {
  /** Of the core's clock, so that a stall that takes nothing from a TTL takes nothing from these. */
  readonly #deadlines = new DeadlineQueue<ActiveLease>();
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #witness: PortWitness;
  readonly #observations: Observations;
  readonly #counters: AuditCounters;
  #looking = false;

  constructor(
    book: LeaseBook,
    ending: Ending,
    witness: PortWitness,
    observations: Observations,
    counters: AuditCounters,
  ) {
    this.#book = book;
    this.#ending = ending;
    this.#witness = witness;
    this.#observations = observations;
    this.#counters = counters;
  }

  /** When `advance` has something to do; `null` when never, or when it is doing it. */
  get nextDeadlineMs(): number | null {
    return this.#looking || this.#book.journal.failed ? null : this.#deadlines.nextDeadlineMs;
  }

  leaseAdded(lease: ActiveLease): void {
    const { bindWithinMs } = lease.record;
    if (bindWithinMs === null) return;
    this.#deadlines.set(lease, this.#book.clock.monotonicMs() + bindWithinMs);
  }

  leaseRemoved(lease: ActiveLease): void {
    this.#deadlines.delete(lease);
  }

  advance(nowMs: number): void {
    if (this.#looking || this.#book.journal.failed) return;
    const due: ActiveLease[] = [];
    while (due.length < lookMax) {
      const lease = this.#deadlines.popDue(nowMs);
      if (lease === null) break;
      if (!lease.record.everBound && this.#book.isHeld(lease)) due.push(lease);
    }
    if (due.length === 0) return;
    this.#looking = true;
    void this.#look(due).finally(() => (this.#looking = false));
  }

  async #look(leases: readonly ActiveLease[]): Promise<void> {
    const asked = leases.flatMap((lease) =>
      eachPort(lease.record.ports).map((port) => ({ lease, port })),
    );
    const judgements = await this.#witness.judge(
      asked.map(({ lease: { record }, port }) => ({
        protocol: record.protocol,
        port,
        holder: record.holder.process,
        leased: true,
      })),
    );
    const seen = new Map<ActiveLease, PortJudgement[]>();
    for (const [index, { lease }] of asked.entries()) {
      const judgement = judgements[index];
      if (judgement !== undefined) seen.set(lease, [...(seen.get(lease) ?? []), judgement]);
    }
    for (const [lease, ofLease] of seen) this.#conclude(lease, ofLease);
  }

  #conclude(lease: ActiveLease, judgements: readonly PortJudgement[]): void {
    if (!this.#book.isHeld(lease) || lease.record.everBound) return;
    const bound = judgements.find(({ binding }) => binding === "bound");
    if (bound !== undefined) this.#observations.binding(lease, "bound", bound.detail);
    else if (judgements.every(({ binding }) => binding === "unbound") && this.#isUnbound(lease)) {
      this.#counters.neverBound += 1;
      // A store that fails now gives the lease back from disk, and with it a new deadline.
      void this.#ending.end(lease, "never_bound").catch(() => undefined);
    } else {
      // A stranger, or a doubt: neither is the holder's doing, and neither proves that it did nothing.
      this.#deadlines.set(lease, this.#book.clock.monotonicMs() + lookAgainMs);
    }
  }

  /**
   * Tables do not show every socket that is bound without listening; the proof before a grant does (semantics.md 22), so the
   * lease is about to end by the same proof that the next one would begin with. If it goes on, its holder is told of the ports
   * that are reserved anew by that.
   */
  #isUnbound({ record, block: { reservation } }: ActiveLease): boolean {
    const ports = eachPort(record.ports);
    const firstBound = ports.findIndex((port) => !isFree(reservation, port));
    if (firstBound < 0) return true;
    if (reservation.isolation === "shared") return false;
    const { leaseId } = record;
    for (const port of ports.slice(0, firstBound)) {
      const type = "lease_reservation_changed";
      this.#book.events.publish({ type, leaseId, ports: record.ports, port });
    }
    return false;
  }
}

function isFree(reservation: BlockReservation, port: number): boolean {
  try {
    return reservation.reclaimPort(port).state === "free";
  } catch {
    return false;
  } finally {
    // The proof has taken the port for the block, but it is still leased, and may go on being so.
    reservation.lendPort(port);
  }
}
