// Renewals that were sent on the session and not answered yet.

import type { KeptLease } from "./kept-lease.js";

/** One RenewLeases message under way. */
export interface PendingRenewal {
  readonly leases: readonly KeptLease[];
  readonly sentAtMs: number;
  /** A stream that has not answered by then is given up. */
  readonly answerByMs: number;
}

export class PendingRenewals {
  readonly #byNumber = new Map<bigint, PendingRenewal>();

  add(requestNumber: bigint, renewal: PendingRenewal): void {
    this.#byNumber.set(requestNumber, renewal);
  }

  /** Takes the renewal that an answer names; `null` for an answer to nothing that is under way. */
  take(requestNumber: bigint): PendingRenewal | null {
    const renewal = this.#byNumber.get(requestNumber) ?? null;
    this.#byNumber.delete(requestNumber);
    return renewal;
  }

  /** Gives all answers more time. */
  postpone(byMs: number): void {
    for (const [number, renewal] of this.#byNumber) {
      this.#byNumber.set(number, { ...renewal, answerByMs: renewal.answerByMs + byMs });
    }
  }

  takeAll(): readonly PendingRenewal[] {
    const all = [...this.#byNumber.values()];
    this.#byNumber.clear();
    return all;
  }

  /** When the first of them is overdue; Infinity when there is none. */
  firstAnswerByMs(): number {
    let firstMs = Infinity;
    for (const { answerByMs } of this.#byNumber.values()) firstMs = Math.min(firstMs, answerByMs);
    return firstMs;
  }
}
