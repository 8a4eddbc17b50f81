// Tries the requests in a line against what the pool has: who is served, who is passed over, and what a request gets that comes
// later than all of them. The rules are told in waiting-lines.ts, which keeps the lines.

import type { AcquireRequest } from "./acquire-request.js";
import { BrokerError } from "./errors.js";
import type { LeaseBook } from "./lease-book.js";
import { isOfQuota, isPortsMissing, mayPass, portsKept } from "./line-refusals.js";
import type { GrantPlan, Planning } from "./planning.js";
import {
  hasFreePort,
  hasRestingPort,
  isTaken,
  mayReturn,
  shapeOf,
  type Waiter,
  type WaitingLine,
} from "./waiting-line.js";

export interface LineServingParts {
  readonly book: LeaseBook;
  readonly planning: Pick<Planning, "plan">;
  /** Takes a waiter out of its line, just before it is answered. */
  readonly remove: (waiter: Waiter) => void;
  /** Told the pool whenever a request found too few free ports in it. */
  readonly onShort: (pool: string) => void;
}

interface Refusals {
  /** Why. */
  readonly byShape: Map<string, unknown>;
  /** Of services that may not have so many ports more. */
  readonly ofQuota: Set<string>;
}

export class LineServing {
  readonly #parts: LineServingParts;

  constructor(parts: LineServingParts) {
    this.#parts = parts;
  }

  /** Tries everybody in order; those for whom there is something are served. Nobody while the store has failed. */
  serve(line: WaitingLine): void {
    this.#serve(line, hasRestingPort(line.pool));
  }

  /** `resting`: ports that rest are tried as well, for whom they may be. */
  #serve(line: WaitingLine, resting: boolean): Refusals {
    const { book, onShort } = this.#parts;
    const refusals: Refusals = { byShape: new Map(), ofQuota: new Set() };
    // Opens a line that was closed for long enough, whoever can be served.
    line.closing(book.clock.monotonicMs());
    if (book.journal.failed) return refusals;
    const { pool } = line;
    pool.advance();
    for (const waiter of line.waiters()) {
      const free = hasFreePort(pool);
      if (!free) onShort(pool.policy.name);
      if (!free && !resting) break;
      const mayTry = free && !wasRefused(waiter, refusals);
      const returns = resting && mayReturn(waiter.attempt.request, pool);
      const served = (mayTry || returns) && this.#tryToServe(waiter, refusals, returns);
      if (!served && line.closing(book.clock.monotonicMs())?.run === waiter) break;
    }
    return refusals;
  }

  /** Takes ports for a request that comes after all in line. Throws why it cannot have any now. */
  planBehind(line: WaitingLine, request: AcquireRequest): GrantPlan {
    // What rests came with a wake, which tried it.
    const refusals = this.#serve(line, false);
    const nowMs = this.#parts.book.clock.monotonicMs();
    const closing = line.closing(nowMs);
    if (closing !== null && hasFreePort(line.pool)) {
      throw portsKept(line.pool.policy.name, closing.untilMs - nowMs);
    }
    // What was refused to one who waits is not tried for one who comes later: it could succeed with the next free ports.
    const refused = refusals.byShape.get(shapeOf(request, line.pool));
    if (refused !== undefined && !mayReturn(request, line.pool)) throw refused;
    return this.#parts.planning.plan(request);
  }

  #tryToServe(waiter: Waiter, refusals: Refusals, returns: boolean): boolean {
    const { book, planning, remove } = this.#parts;
    const { line, attempt } = waiter;
    if (!returns && isTaken(attempt.request, line.pool)) return false;
    let plan: GrantPlan;
    try {
      plan = planning.plan(attempt.request);
    } catch (error) {
      this.#noteRefusal(waiter, error, refusals);
      return false;
    }
    remove(waiter);
    line.noteServed(waiter.number, book.clock.monotonicMs());
    waiter.serve(plan);
    return true;
  }

  #noteRefusal(waiter: Waiter, error: unknown, refusals: Refusals): void {
    const { remove, onShort } = this.#parts;
    const { line, attempt, shape } = waiter;
    if (isPortsMissing(error)) onShort(line.pool.policy.name);
    // That the operating system cannot be asked now passes: nobody loses a place in line for it.
    if (error instanceof BrokerError && !mayPass(error)) {
      // Of this request alone, as a TTL that a change of the policy forbids: it says nothing of others of its shape.
      remove(waiter);
      waiter.refuse(error);
      return;
    }
    if (isOfQuota(error)) refusals.ofQuota.add(quotaKey(attempt.request));
    else refusals.byShape.set(shape, error);
    line.setHope(waiter, !isOfQuota(error));
  }
}

/** Since `serve` began; with fewer ports than then it would be no other. */
function wasRefused({ shape, attempt }: Waiter, refusals: Refusals): boolean {
  return refusals.byShape.has(shape) || refusals.ofQuota.has(quotaKey(attempt.request));
}

/** A service that may not have many more may have a few. */
function quotaKey({ portCount, holder }: AcquireRequest): string {
  return `${Math.max(1, portCount)} ${holder.service}`;
}
