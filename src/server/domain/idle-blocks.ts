// Blocks that have a record and grant nothing: ambiguous ones, which wait for an operator, and those that are being given
// back, which are tried again until the operating system takes them. A record goes only after its reservation did.

import type { BlockLedger, Clock, EventSink } from "./boundaries.js";
import { ownPool } from "./own-pool.js";
import type { BlockRecord } from "./records.js";

export interface IdleBlock {
  readonly record: BlockRecord;
  /** "ambiguous": the reservation may be somebody else's (semantics.md 14). "leaving": on its way back. */
  readonly state: "ambiguous" | "leaving";
  /** What an operator should know. */
  readonly detail: string;
}

/** A block to be given back. */
export interface LeavingBlock {
  readonly record: BlockRecord;
  /** May be called again after a failure. */
  readonly giveBack: () => Promise<void>;
}

/** What was found at start. */
export interface IdleStart {
  readonly ambiguous: readonly BlockRecord[];
  /** Tried before, without success. */
  readonly leaving: readonly LeavingBlock[];
}

interface Attempts extends LeavingBlock {
  /** Only its record is left: the ports may be somebody else's now. */
  givenBack: boolean;
  detail: string;
  delayMs: number;
  /** `null` while an attempt is under way. */
  nextMs: number | null;
  current: Promise<void> | null;
}

/** Rights, or a process that holds on to a port, are seldom mended within seconds. */
const retryFirstMs = 1_000;
const retryMaxMs = 300_000;

export class IdleBlocks {
  readonly #ledger: BlockLedger;
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #ambiguous = new Map<string, BlockRecord>();
  readonly #leaving = new Map<string, Attempts>();

  constructor(ledger: BlockLedger, clock: Clock, events: EventSink, start: IdleStart) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#events = events;
    for (const record of start.ambiguous) this.addAmbiguous(record);
    for (const block of start.leaving) this.#retryLater(this.#attemptsOf(block));
  }

  all(): readonly IdleBlock[] {
    return [
      ...[...this.#ambiguous.values()].map((record) => ({
        record,
        state: "ambiguous" as const,
        detail: ambiguousDetail(record),
      })),
      ...[...this.#leaving.values()].map(({ record, detail }) => ({
        record,
        state: "leaving" as const,
        detail,
      })),
    ];
  }

  addAmbiguous(record: BlockRecord): void {
    this.#ambiguous.set(record.blockId, record);
  }

  /** An operator decided what the block is. No-op for any other. */
  resolveAmbiguous(blockId: string): void {
    this.#ambiguous.delete(blockId);
  }

  /**
   * Gives the block back, then drops its record. Rejects when this attempt fails; it is tried again all the same. For a block
   * that is leaving already it is the next attempt, or the one that is under way.
   */
  leave(block: LeavingBlock): Promise<void> {
    const known = this.#leaving.get(block.record.blockId);
    return known?.current ?? this.#try(known ?? this.#attemptsOf(block));
  }

  /** When `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    const times = [...this.#leaving.values()].map(({ nextMs }) => nextMs);
    const due = times.filter((time) => time !== null);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Tries again what is due. */
  advance(nowMs: number): void {
    for (const attempts of this.#leaving.values()) {
      if (attempts.nextMs === null || attempts.nextMs > nowMs) continue;
      // Told as an event, and tried again.
      void this.#try(attempts).catch(() => undefined);
    }
  }

  #attemptsOf(block: LeavingBlock): Attempts {
    const detail = "it is being given back to the operating system";
    const attempts: Attempts = {
      ...block,
      givenBack: false,
      detail,
      delayMs: retryFirstMs,
      nextMs: null,
      current: null,
    };
    this.#leaving.set(block.record.blockId, attempts);
    return attempts;
  }

  #try(attempts: Attempts): Promise<void> {
    attempts.nextMs = null;
    attempts.current = this.#giveBack(attempts).finally(() => {
      attempts.current = null;
    });
    return attempts.current;
  }

  async #giveBack(attempts: Attempts): Promise<void> {
    const { blockId } = attempts.record;
    try {
      if (!attempts.givenBack) await attempts.giveBack();
      attempts.givenBack = true;
      await this.#ledger.forget(blockId);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const retryInMs = this.#retryLater(attempts);
      attempts.detail = attempts.givenBack
        ? `it was given back, and its record could not be dropped, which is tried again: ${reason}`
        : `it could not be given back, and is tried again: ${reason}`;
      this.#events.publish({ type: "block_not_removed", blockId, reason, retryInMs });
      throw error;
    }
    this.#leaving.delete(blockId);
    this.#events.publish({ type: "block_removed", blockId });
  }

  #retryLater(attempts: Attempts): number {
    const { delayMs } = attempts;
    attempts.nextMs = this.#clock.monotonicMs() + delayMs;
    attempts.delayMs = Math.min(delayMs * 2, retryMaxMs);
    return delayMs;
  }
}

/** What an ambiguous block is, and the ways out. Nothing is leased from an own port, so there is nothing to adopt. */
export function ambiguousDetail({ blockId, pool }: BlockRecord): string {
  const ownPort = pool === ownPool;
  return (
    "the broker stopped while it reserved this block, and a reservation of these ports is there, which may be somebody else's; " +
    (ownPort
      ? "it is the port that the broker is to listen on; "
      : `it is the broker's own: "portlease blocks adopt ${blockId}"; `) +
    `it is somebody else's: "portlease blocks forget ${blockId}"; ` +
    `it is nobody's any more: "portlease blocks delete ${blockId}"`
  );
}
