// Compares the leases with the sockets of the host, round after round: one read of the tables for all ports, a walk over the
// processes only for ports on which something is new or wrong (audit-doubts.ts says which of them in one round). Never holds the
// core up: each round works in slices.

import type { AuditDependencies, PortJudgement, PortSighting } from "./audit-boundaries.js";
import type { AuditCounters } from "./audit-counters.js";
import { AuditDoubts, type Doubt } from "./audit-doubts.js";
import { AuditReport } from "./audit-report.js";
import type { BlockDrift } from "./block-drift.js";
import type { LeaseBook } from "./lease-book.js";
import type { ActiveLease } from "./lease-table.js";
import {
  isPlain,
  isWell,
  type JudgedPort,
  LeaseSight,
  nobody,
  plainlyBound,
  worstOf,
} from "./lease-sight.js";
import type { Observations } from "./observations.js";
import type { TransportProtocol } from "./records.js";
import { transportsOf } from "./shared-ports.js";
import { Slices } from "./slices.js";
import { findSquatters } from "./squatters.js";

/** A round that began so short a time ago is as good as a new one. */
const freshMs = 100;

type Tables = ReadonlyMap<TransportProtocol, ReadonlyMap<number, PortSighting>>;

export class Audit {
  readonly #book: LeaseBook;
  readonly #world: AuditDependencies;
  readonly #observations: Observations;
  readonly #drift: BlockDrift;
  readonly #counters: AuditCounters;
  readonly #doubts: AuditDoubts;
  readonly #slices: Slices;
  #running: Promise<AuditReport> | null = null;
  #following: Promise<AuditReport> | null = null;
  #last: AuditReport | null = null;
  #beganMs = -Infinity;
  /** `null`: no round by itself. */
  #nextMs: number | null;
  #blind = false;
  #everyMs: number | null;

  constructor(
    book: LeaseBook,
    world: AuditDependencies,
    observations: Observations,
    drift: BlockDrift,
    counters: AuditCounters,
  ) {
    this.#book = book;
    this.#world = world;
    this.#observations = observations;
    this.#drift = drift;
    this.#counters = counters;
    this.#doubts = new AuditDoubts(counters);
    this.#slices = new Slices(book.clock, async () => {
      await world.nextTurn();
      await observations.room();
    });
    this.#everyMs = world.everyMs;
    this.#nextMs = this.#nextRoundMs();
  }

  /** The next round comes so long after now, or after the one that runs. */
  setEvery(everyMs: number): void {
    this.#everyMs = everyMs;
    if (this.#running === null) this.#nextMs = this.#nextRoundMs();
  }

  /** The last round saw nothing: the tables could not be read. */
  get blind(): boolean {
    return this.#blind;
  }

  /** When `advance` has something to do; `null` while a round runs, and when there is none by itself. */
  get nextDeadlineMs(): number | null {
    return this.#running === null ? this.#nextMs : null;
  }

  advance(nowMs: number): void {
    // A report may be as large as the leases are many.
    if (nowMs - this.#beganMs >= freshMs) this.#last = null;
    if (this.#running !== null || this.#nextMs === null || nowMs < this.#nextMs) return;
    // Told as an event; the next round tries again.
    void this.#run().catch(() => undefined);
  }

  /**
   * A round that began just now or begins now; while one runs that began earlier, the one after it, which everybody shares who
   * asks meanwhile. So callers never make more than one round run. Rejects when the host's tables cannot be read.
   */
  now(): Promise<AuditReport> {
    const isFresh = this.#book.clock.monotonicMs() - this.#beganMs < freshMs;
    if (this.#running !== null && !isFresh) return this.#runNext(this.#running);
    if (this.#running !== null) return this.#running;
    return isFresh && this.#last !== null ? Promise.resolve(this.#last) : this.#run();
  }

  #runNext(running: Promise<AuditReport>): Promise<AuditReport> {
    this.#following ??= running
      .catch(() => undefined)
      .then(() => {
        this.#following = null;
        return this.#running ?? this.#run();
      });
    return this.#following;
  }

  #run(): Promise<AuditReport> {
    this.#beganMs = this.#book.clock.monotonicMs();
    this.#last = null;
    this.#running = this.#round().finally(() => {
      this.#running = null;
      this.#nextMs = this.#nextRoundMs();
    });
    return this.#running;
  }

  #nextRoundMs(): number | null {
    return this.#everyMs === null ? null : this.#book.clock.monotonicMs() + this.#everyMs;
  }

  async #round(): Promise<AuditReport> {
    const tables = await this.#look();
    const report = new AuditReport();
    const uncovered = new Map(
      this.#book.blocks().map((block) => [block, block.reservation.uncoveredPorts()]),
    );
    const now = { unbound: 0, bound: 0, stranger: 0, orphaned: 0, unknown: 0, squatters: 0 };
    const doubts: Doubt[] = [];
    const leases = [...this.#book.leases.all()];
    await this.#inSlices(leases, (lease) => {
      this.#observations.protection(lease, uncovered.get(lease.block) ?? []);
      const doubt = this.#sight(lease, tables);
      if (doubt !== null) doubts.push(doubt);
    });
    await this.#judge(doubts);
    await this.#inSlices(leases, (lease) => {
      report.addLease(lease, lease.sight?.judged ?? nobody);
      now[lease.record.binding] += 1;
    });
    now.squatters = await this.#findSquatters(tables, report);
    await this.#drift.round();
    this.#reportDrift(report);
    Object.assign(this.#counters.now, now);
    this.#counters.rounds += 1;
    this.#last = report;
    return report;
  }

  /** Visits the leases that are still there. */
  #inSlices(leases: readonly ActiveLease[], visit: (lease: ActiveLease) => void): Promise<void> {
    return this.#slices.visit(leases, (lease) => {
      if (this.#book.isHeld(lease)) visit(lease);
    });
  }

  async #look(): Promise<Tables> {
    const used = new Set(
      this.#book.blocks().flatMap(({ record }) => transportsOf(record.protocol)),
    );
    const tables = new Map<TransportProtocol, ReadonlyMap<number, PortSighting>>();
    try {
      for (const protocol of used) tables.set(protocol, await this.#world.witness.look(protocol));
    } catch (error) {
      this.#counters.blindRounds += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#blind) this.#book.events.publish({ type: "audit_blind", reason });
      this.#blind = true;
      throw error;
    }
    this.#blind = false;
    return tables;
  }

  /** Concludes what needs no judgement; answers what does. */
  #sight(lease: ActiveLease, tables: Tables): Doubt | null {
    const { ports, protocol } = lease.record;
    let fingerprint = "";
    let plain = true;
    let named = true;
    const seen: number[] = [];
    for (const transport of transportsOf(protocol)) {
      const table = tables.get(transport);
      for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
        const sighting = table?.get(port);
        if (sighting === undefined) continue;
        fingerprint += `${transport} ${port} ${sighting.fingerprint};`;
        plain &&= isPlain(lease, sighting);
        named &&= sighting.processIds !== null;
        if (!seen.includes(port)) seen.push(port);
      }
    }
    if (seen.length === 0) {
      this.#sightNobody(lease);
      return null;
    }
    const sight = (lease.sight ??= new LeaseSight());
    const known = sight.fingerprint === fingerprint;
    if (!known && plain) {
      sight.fingerprint = fingerprint;
      sight.judged = seen.map((port) => ({ port, judgement: plainlyBound }));
    }
    // What was found wrong is judged anew each time: a table may not show that the process has changed.
    const why = !known ? "new" : isWell(sight) ? "well" : "wrong";
    if (plain || why === "well") this.#conclude(lease, sight);
    return plain || (why === "well" && !named)
      ? null
      : { why, lease, sight, fingerprint, ports: seen };
  }

  #sightNobody(lease: ActiveLease): void {
    // It is known, and the next sighting says as much without anything to remember: most leases of a full pool may be so.
    if (lease.record.binding === "unbound") {
      lease.sight = null;
      return;
    }
    const sight = (lease.sight ??= new LeaseSight());
    sight.fingerprint = null;
    sight.judged = nobody;
    this.#conclude(lease, sight);
  }

  async #judge(doubts: readonly Doubt[]): Promise<void> {
    const taken = this.#doubts.choose(doubts);
    if (taken.length === 0) return;
    const questions = taken.flatMap(({ lease: { record }, ports }) =>
      ports.map((port) => {
        return { protocol: record.protocol, port, holder: record.holder.process, leased: true };
      }),
    );
    this.#counters.walks += 1;
    const judgements = await this.#world.witness.judge(questions);
    let next = 0;
    for (const { lease, sight, fingerprint, ports } of taken) {
      const judged = ports.flatMap((port): JudgedPort[] => {
        const judgement = judgements[next++];
        return judgement === undefined ? [] : [{ port, judgement }];
      });
      if (!this.#book.isHeld(lease)) continue;
      sight.fingerprint = fingerprint;
      sight.judged = judged;
      this.#conclude(lease, sight);
    }
  }

  #conclude(lease: ActiveLease, sight: LeaseSight): void {
    const worst = worstOf(sight.judged);
    const seen = worst?.judgement.binding ?? "unbound";
    const { binding, everBound } = lease.record;
    if (sight.settles(seen, binding)) {
      if (seen !== binding) this.#count(seen);
      const detail = worst?.judgement.detail ?? "nobody is seen bound to it";
      if (seen !== binding || (seen === "bound" && !everBound)) {
        this.#observations.binding(lease, seen, detail);
      }
    }
    const contest = sight.judged.find(({ judgement }) => judgement.contested);
    if (contest !== undefined && !sight.contestTold) {
      this.#counters.contested += 1;
      const { leaseId } = lease.record;
      const { port, judgement } = contest;
      this.#book.events.publish({
        type: "port_contested",
        leaseId,
        port,
        detail: judgement.detail,
      });
    }
    sight.contestTold = contest !== undefined;
  }

  #count(seen: PortJudgement["binding"]): void {
    if (seen === "stranger") this.#counters.strangers += 1;
    if (seen === "orphaned") this.#counters.orphans += 1;
  }

  async #findSquatters(tables: Tables, report: AuditReport): Promise<number> {
    const found = await findSquatters(this.#book.blocks(), tables, this.#slices);
    if (found.length === 0) return 0;
    const judgements = await this.#world.witness.judge(
      found.map(({ block, port }) => {
        return { protocol: block.record.protocol, port, holder: null, leased: false };
      }),
    );
    for (const [index, { block, port }] of found.entries()) {
      const judgement = judgements[index];
      const there = judgement !== undefined && judgement.binding !== "unbound";
      if (there && block.stateOf(port) !== "leased") report.addSquatter(block, port, judgement);
    }
    return found.length;
  }

  #reportDrift(report: AuditReport): void {
    for (const block of this.#book.blocks()) {
      const drift = this.#drift.of(block);
      const first = drift?.ports[0]?.firstPort;
      if (drift !== null && first !== undefined) report.addDrift(block, first, drift.detail);
    }
  }
}
