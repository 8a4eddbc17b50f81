// The ports of one block: which are free, leased, resting or out of use. Asks the operating system before a port is leased
// again. Leases themselves, their holders and their times are the lease table's business.

import { type Band, bands } from "./bands.js";
import type { BlockReservation, Clock, EventSink, PortCheck } from "./boundaries.js";
import { FreePorts } from "./free-ports.js";
import type { PickPolicy } from "./pick-policy.js";
import { portCountOf, type PortRange } from "./port-range.js";
import { type CuttableRests, Quarantine } from "./quarantine.js";
import { Recheck } from "./recheck.js";
import type { BlockRecord } from "./records.js";

export type PortState = "free" | "leased" | "quarantined" | "unavailable";

export interface PortUsage {
  readonly total: number;
  readonly free: number;
  readonly leased: number;
  readonly quarantined: number;
  readonly unavailable: number;
}

/** How many ports found in use one acquire steps over before it gives up: each costs system calls. */
const trialsMax = 64;
/** How many resting and unavailable ports one `advance` handles, and for how long it looks, so that it never blocks for long. */
const advanceBatchMax = 256;
const advanceMsMax = 20;

export class PortBlock {
  #record: BlockRecord;
  readonly #reservation: BlockReservation;
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #free: FreePorts;
  readonly #states: PortState[];
  readonly #quarantine = new Quarantine();
  readonly #recheck = new Recheck();
  #leasedCount = 0;
  #takeFailure: Error | null = null;

  /** All ports begin free, in rising order, except those in `leased` and those that the reservation does not cover. */
  constructor(
    record: BlockRecord,
    reservation: BlockReservation,
    leased: ReadonlySet<number>,
    clock: Clock,
    events: EventSink,
  ) {
    this.#record = record;
    this.#reservation = reservation;
    this.#clock = clock;
    this.#events = events;
    const count = portCountOf(record.ports);
    this.#free = new FreePorts(count);
    this.#states = Array.from({ length: count }, () => "unavailable");
    const uncovered = new Set(reservation.uncoveredPorts());
    for (let offset = 0; offset < count; offset += 1) {
      const port = record.ports.firstPort + offset;
      if (leased.has(port)) this.#setLeased(offset);
      else if (uncovered.has(port)) this.#setUnavailable(offset);
      else this.#setFree(offset);
    }
  }

  get record(): BlockRecord {
    return this.#record;
  }

  set record(record: BlockRecord) {
    this.#record = record;
  }

  get reservation(): BlockReservation {
    return this.#reservation;
  }

  get leasedCount(): number {
    return this.#leasedCount;
  }

  /** Why the operating system could not be asked about a port during the last `take`; `null` when it always could. */
  get takeFailure(): Error | null {
    return this.#takeFailure;
  }

  /** Earliest moment at which `advance` has something to do; `null` when never. */
  get nextDeadlineMs(): number | null {
    const times = [this.#quarantine.nextDeadlineMs, this.#recheck.nextDeadlineMs].filter(
      (time) => time !== null,
    );
    return times.length === 0 ? null : Math.min(...times);
  }

  /** When the next resting port is free again; `null` when none rests. */
  get nextQuarantineEndMs(): number | null {
    return this.#quarantine.nextDeadlineMs;
  }

  get rests(): CuttableRests {
    return this.#quarantine;
  }

  stateOf(port: number): PortState {
    const state = this.#states[port - this.#record.ports.firstPort];
    if (state === undefined)
      throw new RangeError(`port ${port} is not in block ${this.#record.blockId}`);
    return state;
  }

  /** Whether the port goes to who has its pin only. */
  isPinned(port: number): boolean {
    return this.#free.bandOf(port - this.#record.ports.firstPort) === bands.pinned;
  }

  /** Whether the port rests, and the instance may have it before. */
  restsFor(port: number, instance: string): boolean {
    return this.#quarantine.isFor(port - this.#record.ports.firstPort, instance);
  }

  /** Says how freely each port is given out; until then all are dynamic. */
  setBands(bandOf: (port: number) => Band): void {
    const { firstPort, lastPort } = this.#record.ports;
    for (let port = firstPort; port <= lastPort; port += 1) {
      this.#free.setBand(port - firstPort, bandOf(port));
    }
  }

  /** Takes `count` consecutive ports within reach, as the policy picks them; `null` when there is no such run. */
  take(count: number, policy: PickPolicy, reach: Band): PortRange | null {
    this.#takeFailure = null;
    for (let trial = 0; trial < trialsMax; trial += 1) {
      const offset = policy.pick(this.#free, count, reach);
      if (offset === null) return null;
      const taken = this.#takeAt(offset, count);
      if (taken !== null) return taken;
    }
    return null;
  }

  /**
   * Takes exactly these ports, of whatever band; `null` when one of them cannot be had (see `stateOf`). `returning`: an
   * instance, for which those that rest after its own lease are as good as free (Affinity says when).
   */
  takeExactly(ports: PortRange, returning: string | null): PortRange | null {
    const offset = ports.firstPort - this.#record.ports.firstPort;
    const count = portCountOf(ports);
    for (let index = offset; index < offset + count; index += 1) {
      const isBack = returning !== null && this.#quarantine.isFor(index, returning);
      if (!isBack && !this.#free.has(index)) return null;
    }
    return this.#takeAt(offset, count);
  }

  /** Undoes a take: the ports were never used in between, so they are the next to be picked, or go on resting. */
  putBack(ports: PortRange): void {
    for (let port = ports.lastPort; port >= ports.firstPort; port -= 1) {
      const offset = port - this.#record.ports.firstPort;
      if (this.#resumeRest(offset)) continue;
      this.#leave(offset);
      this.#states[offset] = "free";
      this.#free.addOldest(offset);
    }
  }

  /**
   * Ends the lease of ports: they rest for `quarantineMs`, then are free, or covered again first. `returning`: the instance that
   * may have them before.
   */
  rest(ports: PortRange, quarantineMs: number, returning: string | null = null): void {
    const untilMs = this.#clock.monotonicMs() + quarantineMs;
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const offset = port - this.#record.ports.firstPort;
      // A lease that nobody was told of ends the rest of the one before as little as none would.
      if (quarantineMs <= 0 && this.#resumeRest(offset)) continue;
      this.#leave(offset);
      if (quarantineMs <= 0) {
        this.#setRested(offset);
        continue;
      }
      this.#states[offset] = "quarantined";
      this.#quarantine.add(offset, { untilMs, returning, fixed: false });
    }
  }

  /**
   * Lets those of the ports rest that are neither leased nor resting: one that somebody is bound to now may be free before its
   * rest is over.
   */
  restUnleased(ports: PortRange, restMs: number, returning: string | null = null): void {
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const state = this.stateOf(port);
      if (state === "leased" || state === "quarantined") continue;
      this.rest({ firstPort: port, lastPort: port }, restMs, returning);
    }
  }

  /** Lets every port rest that is not leased, because somebody may have a lease on it that nobody knows of any more. */
  restAllUnleased(restMs: number): void {
    const untilMs = this.#clock.monotonicMs() + restMs;
    for (const [offset, state] of this.#states.entries()) {
      if (state === "leased") continue;
      this.#leave(offset);
      this.#states[offset] = "quarantined";
      this.#quarantine.add(offset, { untilMs, returning: null, fixed: true });
    }
  }

  /** Marks ports as leased whatever they were: memory follows what is on disk. */
  claim(ports: PortRange): void {
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const offset = port - this.#record.ports.firstPort;
      this.#leave(offset);
      this.#setLeased(offset);
    }
  }

  /** Frees ports whose rest is over and looks again at unavailable ones. True when there is more to do at once. */
  advance(): boolean {
    const nowMs = this.#clock.monotonicMs();
    let handled = 0;
    for (; handled < advanceBatchMax; handled += 1) {
      const rested = this.#quarantine.popRested(nowMs);
      if (rested === null) break;
      this.#setRested(rested);
    }
    for (; handled < advanceBatchMax; handled += 1) {
      const offset = this.#recheck.popDue(nowMs);
      if (offset === null) break;
      const check = this.#reclaim(this.#record.ports.firstPort + offset);
      if (check.state === "free") {
        this.#leave(offset);
        this.#setFree(offset);
      } else {
        this.#setUnavailable(offset);
      }
      if (this.#clock.monotonicMs() - nowMs >= advanceMsMax) return true;
    }
    return handled === advanceBatchMax;
  }

  usage(): PortUsage {
    const total = portCountOf(this.#record.ports);
    const free = this.#free.size;
    const quarantined = this.#quarantine.size;
    const leased = this.#leasedCount;
    return { total, free, leased, quarantined, unavailable: total - free - quarantined - leased };
  }

  /** The longest run that could be leased by a service without pins. */
  longestFreeRun(): number {
    return this.#free.longestRun(bands.static);
  }

  /** How many ports are free, and for who has their pin only. */
  get pinnedFreeCount(): number {
    return this.#free.sizeOf(bands.pinned);
  }

  #takeAt(offset: number, count: number): PortRange | null {
    const firstPort = this.#record.ports.firstPort + offset;
    for (let index = 0; index < count; index += 1) {
      // The OS has the last word just before the grant: nobody may be bound there (promise 5).
      const check = this.#reclaim(firstPort + index);
      if (check.state === "free") continue;
      // One that rests goes on resting: looked at again and found unbound it would be free, for anybody and too soon.
      if (this.#states[offset + index] === "quarantined") return null;
      this.#free.remove(offset + index);
      this.#setUnavailable(offset + index);
      this.#events.publish({ type: "port_in_use", port: firstPort + index, reason: check.reason });
      return null;
    }
    for (let index = 0; index < count; index += 1) {
      this.#free.remove(offset + index);
      this.#quarantine.interrupt(offset + index);
      this.#setLeased(offset + index);
    }
    return { firstPort, lastPort: firstPort + count - 1 };
  }

  /** A failure (no descriptors left, say) is no proof that the port is free; it is looked at again later. */
  #reclaim(port: number): PortCheck {
    try {
      return this.#reservation.reclaimPort(port);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#takeFailure = failure;
      return { state: "in-use", reason: failure.message, holders: [] };
    }
  }

  /** Takes an offset out of whatever list its state put it in. */
  #leave(offset: number): void {
    if (this.#states[offset] === "leased") this.#unsetLeased(offset);
    this.#free.remove(offset);
    this.#quarantine.delete(offset);
    this.#recheck.forget(offset);
  }

  /** A leased offset rests again as before its lease; false when it did not rest then. */
  #resumeRest(offset: number): boolean {
    if (!this.#quarantine.resume(offset)) return false;
    this.#unsetLeased(offset);
    this.#states[offset] = "quarantined";
    return true;
  }

  #setFree(offset: number): void {
    this.#states[offset] = "free";
    this.#free.addNewest(offset);
  }

  /** One that is not covered is for anybody to take until it is reclaimed, which the recheck does. */
  #setRested(offset: number): void {
    const port = this.#record.ports.firstPort + offset;
    if (this.#reservation.uncoveredPorts().includes(port)) this.#setUnavailable(offset);
    else this.#setFree(offset);
  }

  #setLeased(offset: number): void {
    this.#states[offset] = "leased";
    this.#leasedCount += 1;
    this.#reservation.lendPort(this.#record.ports.firstPort + offset);
  }

  #unsetLeased(offset: number): void {
    this.#leasedCount -= 1;
    this.#reservation.takeBackPort(this.#record.ports.firstPort + offset);
  }

  #setUnavailable(offset: number): void {
    this.#states[offset] = "unavailable";
    this.#recheck.later(offset, this.#clock.monotonicMs());
  }
}
