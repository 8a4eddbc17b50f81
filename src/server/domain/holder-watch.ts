// Processes of holders that the broker proved (semantics.md 11): when one has ended, all its leases end at once. Others live by
// their TTL alone. What becomes of their ports is the blocks' business: they rest, and are granted to nobody while bound.

import type {
  AuditDependencies,
  HolderProcesses,
  LifeWatch,
  ProvenProcess,
} from "./audit-boundaries.js";
import type { AuditCounters } from "./audit-counters.js";
import type { Ending } from "./ending.js";
import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease, LeaseFollower } from "./lease-table.js";

/** How often each process is looked at. */
const pollEveryMs = 1_000;
/** How many processes are looked at, or leases ended, in one `advance`, and for how long. */
const advanceBatchMax = 1_000;
const advanceMsMax = 5;
/** How many ends are on their way to disk at once, so that others never wait behind all leases of one process. */
const endingMax = 500;
/**
 * Processes without a watch, because the OS has none or there are too many, are looked up one by one, which costs 50 times as
 * much: so many of them in a round, in turn.
 */
export const unwatchedPerRound = 128;

interface WatchedHolder {
  readonly process: ProvenProcess;
  readonly leases: Set<ActiveLease>;
  watch: LifeWatch | null;
  /** The host has nothing to watch it with. */
  unwatchable: boolean;
}

export class HolderWatch implements LeaseFollower {
  readonly #book: LeaseBook;
  readonly #ending: Ending;
  readonly #processes: HolderProcesses;
  readonly #counters: AuditCounters;
  readonly #watchesMax: number;
  readonly #holders = new Map<string, WatchedHolder>();
  #watches = 0;
  #unwatchedLooks = 0;
  #endingNow = 0;
  #nextMs: number;
  #round: Iterator<"looked" | "full"> | null = null;

  constructor(
    book: LeaseBook,
    ending: Ending,
    { processes, watchesMax }: Pick<AuditDependencies, "processes" | "watchesMax">,
    counters: AuditCounters,
  ) {
    this.#book = book;
    this.#ending = ending;
    this.#processes = processes;
    this.#counters = counters;
    this.#watchesMax = watchesMax;
    // At once after a start: a holder may have ended while the broker was away.
    this.#nextMs = book.clock.monotonicMs();
  }

  /** How many different processes have leases. */
  get size(): number {
    return this.#holders.size;
  }

  /** How many of them have a descriptor of their own. */
  get watches(): number {
    return this.#watches;
  }

  /** When `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    const waits = this.#book.journal.failed || this.#endingNow >= endingMax;
    return this.#holders.size === 0 || waits ? null : this.#nextMs;
  }

  leaseAdded(lease: ActiveLease): void {
    const process = provenProcess(lease);
    if (process === null) return;
    const key = keyOf(process);
    const holder = this.#holders.get(key);
    if (holder !== undefined) {
      holder.leases.add(lease);
      return;
    }
    const leases = new Set([lease]);
    this.#holders.set(key, { process, leases, watch: null, unwatchable: false });
  }

  leaseRemoved(lease: ActiveLease): void {
    const process = provenProcess(lease);
    const holder = process === null ? undefined : this.#holders.get(keyOf(process));
    if (holder === undefined) return;
    holder.leases.delete(lease);
    if (holder.leases.size > 0) return;
    this.#holders.delete(keyOf(holder.process));
    this.#closeWatch(holder);
  }

  /** True when there is more to do at once. */
  advance(nowMs: number): boolean {
    // Nothing can be ended now; whoever has ended is found again later.
    if (this.#book.journal.failed || (this.#round === null && nowMs < this.#nextMs)) return false;
    if (this.#round === null) {
      this.#unwatchedLooks = 0;
      this.#round = this.#lookAtAll([...this.#holders.values()]);
    }
    for (let count = 0; count < advanceBatchMax; count += 1) {
      const step = this.#round.next();
      if (step.value === "full") return false;
      if (step.done === true) {
        this.#round = null;
        this.#nextMs = nowMs + pollEveryMs;
        return false;
      }
      if (this.#book.clock.monotonicMs() - nowMs >= advanceMsMax) return true;
    }
    return true;
  }

  /** Lets go of all descriptors, and looks no more. */
  close(): void {
    this.#nextMs = Infinity;
    this.#round = null;
    for (const holder of this.#holders.values()) this.#closeWatch(holder);
  }

  /** Stops after each process, and after each lease that it ends. */
  *#lookAtAll(holders: readonly WatchedHolder[]): Generator<"looked" | "full", void> {
    for (const holder of holders) {
      // Its last lease ended meanwhile.
      if (holder.leases.size === 0) continue;
      const ended = this.#hasEnded(holder);
      yield "looked";
      if (!ended) continue;
      for (const lease of holder.leases) {
        while (this.#endingNow >= endingMax) yield "full";
        if (!this.#book.isHeld(lease)) continue;
        this.#end(lease);
        yield "looked";
      }
    }
  }

  #end(lease: ActiveLease): void {
    this.#counters.holderExited += 1;
    this.#endingNow += 1;
    // A store that fails now is tried again when it works: an ended process stays ended.
    void this.#ending
      .end(lease, "holder_exited")
      .catch(() => undefined)
      .finally(() => (this.#endingNow -= 1));
  }

  /** False in any doubt: then the TTL decides. */
  #hasEnded(holder: WatchedHolder): boolean {
    if (holder.watch !== null) return holder.watch.hasExited();
    if (holder.unwatchable || this.#watches >= this.#watchesMax) return this.#lookOnce(holder);
    const watch = this.#processes.watch(holder.process);
    if (watch === "ended") return true;
    if (watch === null) {
      holder.unwatchable = true;
      return this.#lookOnce(holder);
    }
    holder.watch = watch;
    this.#watches += 1;
    return watch.hasExited();
  }

  #lookOnce(holder: WatchedHolder): boolean {
    if (this.#unwatchedLooks >= unwatchedPerRound) return false;
    this.#unwatchedLooks += 1;
    // It comes last in the next round.
    const key = keyOf(holder.process);
    this.#holders.delete(key);
    this.#holders.set(key, holder);
    return this.#processes.hasEnded(holder.process) === true;
  }

  #closeWatch(holder: WatchedHolder): void {
    if (holder.watch === null) return;
    holder.watch.close();
    holder.watch = null;
    this.#watches -= 1;
  }
}

function provenProcess({ record }: ActiveLease): ProvenProcess | null {
  const { process } = record.holder;
  if (process === null || !process.proven || process.startTime === null) return null;
  return { processId: process.processId, startTime: process.startTime };
}

function keyOf({ processId, startTime }: ProvenProcess): string {
  return `${processId} ${startTime}`;
}
