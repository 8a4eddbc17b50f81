// The line of one pool: who waits, in order of arrival, and behind whom nobody is served now. Bookkeeping only: waiting-lines.ts
// tries the requests.

import type { AcquireRequest } from "./acquire-request.js";
import type { GrantAttempt } from "./grant-attempt.js";
import { LinePatience } from "./line-patience.js";
import type { GrantPlan } from "./planning.js";
import type { Pool } from "./pool.js";
import { containsPort } from "./port-range.js";

export interface Waiter {
  readonly attempt: GrantAttempt;
  readonly line: WaitingLine;
  /** Rises in order of arrival. */
  readonly number: number;
  /** See `shapeOf`; the pool's pins have a part in it. */
  shape: string;
  readonly receivedMs: number;
  /** Called once, with ports that are taken already. */
  readonly serve: (plan: GrantPlan) => void;
  /** Called once instead. */
  readonly refuse: (error: unknown) => void;
}

export class WaitingLine {
  readonly pool: Pool;
  readonly #waiters = new Set<Waiter>();
  /** Those for more than one port. */
  readonly #runs = new Set<Waiter>();
  /** Runs that are refused for what no free port would change, such as a quota: nothing is kept for them. */
  readonly #hopeless = new Set<Waiter>();
  readonly #patience = new LinePatience();
  /** It is looked at before this turn of the event loop ends. */
  awake = false;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** In order of arrival. Those that leave meanwhile are left out. */
  waiters(): Iterable<Waiter> {
    return this.#waiters;
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    if (waiter.attempt.request.portCount > 1) this.#runs.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#runs.delete(waiter);
    this.#hopeless.delete(waiter);
    this.#patience.left(waiter);
  }

  /** The pool's policy has changed. */
  reshape(): void {
    for (const waiter of this.#waiters) {
      waiter.shape = shapeOf(waiter.attempt.request, this.pool);
      // What was hopeless under the former policy may not be any more; the next look says.
      this.#hopeless.delete(waiter);
    }
  }

  /** Whether ports that come free would help the waiter. No-op for one that waits for a single port. */
  setHope(waiter: Waiter, hope: boolean): void {
    if (hope) this.#hopeless.delete(waiter);
    else if (this.#runs.has(waiter)) this.#hopeless.add(waiter);
    if (!hope) this.#patience.left(waiter);
  }

  /** The waiter behind which nobody is served now, and until when; `null` while the line is open. */
  closing(nowMs: number): ReturnType<LinePatience["closing"]> {
    return this.#patience.closing(nowMs);
  }

  get closedUntilMs(): number | null {
    return this.#patience.closedUntilMs;
  }

  /** A request with this number was served: it may have passed a run that waits longer. */
  noteServed(number: number, nowMs: number): void {
    for (const run of this.#runs) {
      if (run.number > number) return;
      if (this.#hopeless.has(run)) continue;
      this.#patience.passed(run, nowMs);
      return;
    }
  }
}

/** Equal for requests of which neither can be served when the other just could not, but for ports that rest (`mayReturn`). */
export function shapeOf({ holder, ...request }: AcquireRequest, { pins }: Pool): string {
  const must = request.portMustMatch ? request.preferredPort : 0;
  // Ports that the pool keeps for it, and others cannot have.
  const pinned = pins.portsOf(holder);
  return `${Math.max(1, request.portCount)} ${must} ${pinned.join(",")}`;
}

/** Whether a port is free that somebody might take; cheap, unlike trying. */
export function hasFreePort(pool: Pool): boolean {
  return has(pool, "free");
}

export function hasRestingPort(pool: Pool): boolean {
  return has(pool, "quarantined");
}

function has({ blocks }: Pool, state: "free" | "quarantined"): boolean {
  return blocks.some((block) => {
    const { draining, stage } = block.record;
    return !draining && stage === "created" && block.usage()[state] > 0;
  });
}

/** Whether ports rest that the request may have all the same, as others may not. Cheap, unlike trying. */
export function mayReturn(request: AcquireRequest, pool: Pool): boolean {
  const firstPort = request.portMustMatch ? request.preferredPort : 0;
  const portCount = Math.max(1, request.portCount);
  return pool.mayReturn(firstPort, { portCount, claimant: request.holder });
}

/** Whether the very port that a request must have is leased or rests; false for one that takes any. Cheap, unlike trying. */
export function isTaken(
  { portMustMatch, preferredPort }: AcquireRequest,
  { blocks }: Pool,
): boolean {
  if (!portMustMatch) return false;
  const block = blocks.find(({ record }) => containsPort(record.ports, preferredPort));
  if (block === undefined || block.record.draining) return false;
  const state = block.stateOf(preferredPort);
  return state === "leased" || state === "quarantined";
}
