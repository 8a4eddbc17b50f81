// Requests that wait until a pool has ports for them: one line for each pool, first come first served.
//
// Whenever something comes free the line is tried from its head on. Who can be served is served; who cannot is passed over, so
// that a request for a run, or for one very port, does not stop the others; how often, line-patience.ts decides. A request that
// has just arrived, whether it would wait or not, is tried behind all that wait: it gets what none of them can use.
// So no request overtakes an earlier one that the same ports would have served, and a free port that somebody in line can use is
// never left over, but for the short while in which the line is closed behind a run. A port that rests is as good as free for the
// instance that may have it back, and for nobody else.
//
// Nothing is polled: what frees ports, or lets a service have more, wakes the line of that pool, and `advance` looks once at each
// line. While nobody waits all of this costs the look at an empty map. A failed store refuses nobody who is in line: nothing is
// granted until it works again, and then the line goes on where it was.

import type { AcquireRequest } from "./acquire-request.js";
import { DeadlineQueue } from "./deadline-queue.js";
import type { BrokerError } from "./errors.js";
import type { GrantAttempt } from "./grant-attempt.js";
import type { LeaseBook } from "./lease-book.js";
import type { GrantPlan, Planning } from "./planning.js";
import { isPortsMissing, lineFull, portsKept, withWaited } from "./line-refusals.js";
import { LineServing } from "./line-serving.js";
import { storeUnavailable } from "./refusals.js";
import { shapeOf, type Waiter, WaitingLine } from "./waiting-line.js";

/** Requests in line at once, of all pools: some kilobytes each, with the call that waits. The API documents it. */
export const waitersMax = 10_000;
/** How many requests whose time is over one `advance` refuses: each refusal counts what the pool has. */
const refuseBatchMax = 64;

export type PlanPorts = Pick<Planning, "plan" | "undo">;

export interface Wish {
  readonly attempt: GrantAttempt;
  readonly receivedMs: number;
  readonly serve: (plan: GrantPlan) => void;
  readonly refuse: (error: unknown) => void;
}

export class WaitingLines {
  readonly #book: LeaseBook;
  readonly #planning: PlanPorts;
  readonly #onShort: (pool: string) => void;
  readonly #serving: LineServing;
  /** Those in which somebody waits. */
  readonly #lines = new Map<string, WaitingLine>();
  readonly #waiters = new Map<GrantAttempt, Waiter>();
  readonly #deadlines = new DeadlineQueue<Waiter>();
  #lastNumber = 0;

  /** `onShort` is told the pool whenever a request found too few free ports in it. */
  constructor(book: LeaseBook, planning: PlanPorts, onShort: (pool: string) => void) {
    this.#book = book;
    this.#planning = planning;
    this.#onShort = onShort;
    const remove = (waiter: Waiter): void => this.#remove(waiter);
    this.#serving = new LineServing({ book, planning, remove, onShort });
  }

  get size(): number {
    return this.#waiters.size;
  }

  sizeOf(pool: string): number {
    return this.#lines.get(pool)?.size ?? 0;
  }

  /** When `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    const times = [...this.#lines.values()].map(({ closedUntilMs }) => closedUntilMs);
    const due = [this.#deadlines.nextDeadlineMs, ...times].filter((time) => time !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Takes ports for a request that just arrived, behind all that wait. Throws why it cannot have any now. */
  plan(request: AcquireRequest): GrantPlan {
    const line = this.#lines.get(poolOf(request));
    try {
      if (line === undefined) return this.#planning.plan(request);
      const plan = this.#serving.planBehind(line, request);
      line.noteServed(Infinity, this.#book.clock.monotonicMs());
      return plan;
    } catch (error) {
      if (isPortsMissing(error)) this.#onShort(poolOf(request));
      throw error;
    }
  }

  /** The same for a request that only wants to know; `undo` what it returns. */
  look(request: AcquireRequest): GrantPlan {
    const line = this.#lines.get(poolOf(request));
    return line === undefined
      ? this.#planning.plan(request)
      : this.#serving.planBehind(line, request);
  }

  /** Nothing comes of a plan: its ports are free again, for the first in line who can use them. */
  undo(plan: GrantPlan): void {
    this.#planning.undo(plan);
    this.wake(plan.policy.name);
  }

  /** Puts a request at the end of its line. Throws line_full. */
  join({ attempt, receivedMs, serve, ...wish }: Wish): void {
    if (this.#waiters.size >= waitersMax) throw lineFull(waitersMax);
    const { request } = attempt;
    const line = this.#lineOf(request);
    this.#lastNumber += 1;
    const refuse = (error: unknown): void =>
      wish.refuse(withWaited(error, this.#book.clock.monotonicMs() - receivedMs));
    const shape = shapeOf(request, line.pool);
    const waiter = { attempt, line, number: this.#lastNumber, shape, receivedMs, serve, refuse };
    line.add(waiter);
    this.#waiters.set(attempt, waiter);
    this.#deadlines.set(waiter, receivedMs + request.maxWaitMs);
  }

  /** Somebody repeats the request: it waits at least until then. No-op for one that is not in line. */
  waitUntil(attempt: GrantAttempt, untilMs: number): void {
    const waiter = this.#waiters.get(attempt);
    if (waiter === undefined) return;
    this.#deadlines.set(waiter, Math.max(untilMs, this.#deadlines.deadlineOf(waiter) ?? untilMs));
  }

  /** Nobody wants it any more. False when it is not in line. */
  leave(attempt: GrantAttempt): boolean {
    const waiter = this.#waiters.get(attempt);
    if (waiter === undefined) return false;
    this.#remove(waiter);
    // The line may have been closed behind it.
    this.wake(waiter.line.pool.policy.name);
    return true;
  }

  /** Something may be had now in the pool. */
  wake(pool: string): void {
    const line = this.#lines.get(pool);
    if (line === undefined || line.awake) return;
    line.awake = true;
    // Many leases end in one turn of the event loop: one look is for all of them.
    queueMicrotask(() => {
      line.awake = false;
      this.#serving.serve(line);
    });
  }

  /** The pool has another policy: more may be had of it, or less. Whoever waits for a retired pool is refused. */
  policyChanged(pool: string): void {
    const line = this.#lines.get(pool);
    if (line === undefined) return;
    line.reshape();
    if (!line.pool.policy.retired) return this.wake(pool);
    for (const waiter of this.#waiters.values()) if (waiter.line === line) this.#endWait(waiter);
  }

  /** Serves who can be served, then refuses those whose time is over. True when there are more. */
  advance(nowMs: number): boolean {
    for (const line of this.#lines.values()) this.#serving.serve(line);
    for (let count = 0; count < refuseBatchMax; count += 1) {
      const waiter = this.#deadlines.popDue(nowMs);
      if (waiter === null) return false;
      this.#endWait(waiter);
    }
    return true;
  }

  refuseAll(error: BrokerError): void {
    for (const waiter of this.#waiters.values()) {
      this.#remove(waiter);
      waiter.refuse(error);
    }
  }

  /** It is out of the queue of deadlines, and nothing was there for it a moment ago. Says why that is now. */
  #endWait(waiter: Waiter): void {
    this.#remove(waiter);
    waiter.refuse(this.#reasonNow(waiter));
    // The line may have been closed behind it.
    this.wake(waiter.line.pool.policy.name);
  }

  #reasonNow({ attempt, line }: Waiter): unknown {
    if (this.#book.journal.failed) return storeUnavailable();
    try {
      this.undo(this.#planning.plan(attempt.request));
    } catch (error) {
      return error;
    }
    const nowMs = this.#book.clock.monotonicMs();
    return portsKept(line.pool.policy.name, (line.closing(nowMs)?.untilMs ?? nowMs) - nowMs);
  }

  #remove(waiter: Waiter): void {
    const { line } = waiter;
    line.remove(waiter);
    this.#waiters.delete(waiter.attempt);
    this.#deadlines.delete(waiter);
    if (line.size === 0) this.#lines.delete(line.pool.policy.name);
  }

  #lineOf(request: AcquireRequest): WaitingLine {
    const name = poolOf(request);
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const pool = this.#book.pools.get(name);
    if (pool === undefined) throw new RangeError(`there is no pool ${name}`);
    const line = new WaitingLine(pool);
    this.#lines.set(name, line);
    return line;
  }
}

/** The name of the pool that is asked for, also of one that does not exist. */
export function poolOf({ pool }: AcquireRequest): string {
  return pool === "" ? "default" : pool;
}
