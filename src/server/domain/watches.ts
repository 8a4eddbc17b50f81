// The parts of the core that watch the world and act upon it: holders' processes, leased ports, and the blocks themselves.
// Puts them together and gives each its turn.

import { Audit } from "./audit.js";
import { AuditCounters } from "./audit-counters.js";
import { BlockDrift } from "./block-drift.js";
import { CoverWatch } from "./cover-watch.js";
import type { Ending } from "./ending.js";
import { HolderWatch } from "./holder-watch.js";
import type { BrokerDependencies, LeaseBook } from "./lease-book.js";
import { NeverBound } from "./never-bound.js";
import { Observations } from "./observations.js";

export class Watches {
  readonly counters = new AuditCounters();
  readonly cover: CoverWatch;
  readonly holders: HolderWatch;
  readonly neverBound: NeverBound;
  readonly drift: BlockDrift;
  readonly audit: Audit;

  /** Before the first lease is added to the book. */
  constructor(book: LeaseBook, ending: Ending, { strangers, audit }: BrokerDependencies) {
    const { counters } = this;
    const { witness } = audit;
    const observations = new Observations(book, counters);
    this.cover = new CoverWatch(book, ending, strangers, observations);
    this.holders = new HolderWatch(book, ending, audit, counters);
    this.neverBound = new NeverBound(book, ending, witness, observations, counters);
    this.drift = new BlockDrift(book, witness, this.cover, counters);
    this.audit = new Audit(book, audit, observations, this.drift, counters);
    book.leases.follow(this.holders);
    book.leases.follow(this.neverBound);
  }

  /** The earliest moment at which `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    const times = [this.cover, this.holders, this.neverBound, this.audit]
      .map((watch) => watch.nextDeadlineMs)
      .filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** True when there is more to do at once. */
  advance(nowMs: number): boolean {
    const more = [this.cover.advance(nowMs), this.holders.advance(nowMs)];
    this.neverBound.advance(nowMs);
    this.audit.advance(nowMs);
    return more.includes(true);
  }

  close(): void {
    this.holders.close();
  }
}
