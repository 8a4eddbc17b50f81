// What a pool should do with its ports, written a second time in the most naive way: one list of ports, linear scans, no
// queues. Made from the documents, not from the code that it is compared with.

import type { PoolPolicy } from "#server/domain/pool.js";
import type { LeaseEndReason } from "#server/domain/records.js";
import {
  compareRests,
  keyOf,
  type ModelClaimant,
  type ModelLease,
  type ModelPort,
  overlap,
  type Place,
  runLength,
  startsIn,
} from "./model-ports.js";

/** What the pool did: the port that it gave, or its refusal, and which ports it found in use on the way. */
export interface Observed {
  readonly firstPort: number | null;
  readonly foundInUse: readonly number[];
}

export type Expected =
  { readonly ok: true; readonly firstPort: number } | { readonly ok: false; readonly code: string };

export class AllocatorModel {
  readonly ports: ModelPort[] = [];
  readonly bound = new Set<number>();
  readonly draining = new Set<number>();
  nowMs: number;
  /** In the order in which they were found. */
  foundInUse: number[] = [];
  leases: ModelLease[] = [];
  readonly #policy: PoolPolicy;
  readonly #former = new Map<string, ModelLease[]>();
  #first = 0;
  #count = 0;

  constructor(policy: PoolPolicy, blocks: readonly (readonly [number, number])[], nowMs: number) {
    this.#policy = policy;
    this.nowMs = nowMs;
    for (const [block, [firstPort, size]] of blocks.entries()) {
      for (let port = firstPort; port < firstPort + size; port += 1) {
        const none = { rest: null, interrupted: null, recheck: null };
        this.ports.push({ port, block, state: "free", freedAt: this.#next(), ...none });
      }
    }
  }

  used(service: string): number {
    const own = this.leases.filter(({ claimant }) => claimant.service === service);
    return own.reduce((sum, { count }) => sum + count, 0);
  }

  take(count: number, claimant: ModelClaimant, observed: Observed): Expected {
    this.foundInUse = [];
    if (this.#quotaExceeded(claimant, count)) return { ok: false, code: "quota_exceeded" };
    const pins = this.#policy.pins.filter((pin) => this.#isFor(pin, claimant));
    const ofInstance = pins.filter(({ instance }) => instance !== "");
    const ofService = pins.filter(({ instance }) => instance === "");
    const wishes = [...ofInstance, ...ofService].map(({ port }) => port);
    const former = (this.#former.get(keyOf(claimant)) ?? []).filter((last) => last.count === count);
    former.sort((a, b) => a.generation - b.generation);
    for (const port of [...wishes, ...former.map(({ firstPort }) => firstPort)]) {
      if (this.#takeExactly(port, count, claimant)) return this.#lease(port, count, claimant);
    }
    const firstPort =
      this.#policy.pickPolicy === "random" ? this.#checkRandom(count, observed) : this.#pick(count);
    if (firstPort !== null) return this.#lease(firstPort, count, claimant);
    const free = this.#open().filter(
      ({ port, state }) => state === "free" && !this.#isPinned(port),
    );
    const code = count > 1 && free.length >= count ? "no_contiguous_run" : "pool_full";
    return { ok: false, code };
  }

  takeAt(firstPort: number, count: number, claimant: ModelClaimant): Expected {
    this.foundInUse = [];
    if (this.#quotaExceeded(claimant, count)) return { ok: false, code: "quota_exceeded" };
    const run = this.#run(firstPort, count);
    if (run === null) return { ok: false, code: "port_out_of_range" };
    if (run.some(({ port }) => !this.#mayHave(port, claimant))) {
      return { ok: false, code: "port_pinned" };
    }
    if (this.#takeExactly(firstPort, count, claimant))
      return this.#lease(firstPort, count, claimant);
    const obstacle = run.find(({ state }) => state !== "free");
    const codes = { leased: "port_leased", quarantined: "port_in_quarantine" } as const;
    const state = obstacle?.state ?? "free";
    const code = state === "leased" || state === "quarantined" ? codes[state] : "port_in_use";
    return { ok: false, code };
  }

  putBack(lease: ModelLease): void {
    this.leases = this.leases.filter((other) => other !== lease);
    for (const port of this.#portsOf(lease).toReversed()) {
      if (this.#resume(port)) continue;
      port.state = "free";
      this.#first -= 1;
      port.freedAt = this.#first;
    }
  }

  end(lease: ModelLease, reason: LeaseEndReason, proven: boolean): void {
    this.leases = this.leases.filter((other) => other !== lease);
    const key = keyOf(lease.claimant);
    const trusted = reason === "released" || reason === "holder_exited";
    const returning =
      lease.claimant.instance !== "" && (trusted || (reason === "expired" && proven)) ? key : null;
    // Nobody was told of the lease: its ports are as before it.
    const restMs = reason === "caller_gone" ? 0 : this.#policy.quarantineMs;
    for (const port of this.#portsOf(lease)) {
      if (restMs > 0 || !this.#resume(port)) this.#rest(port, returning, restMs);
    }
    if (lease.claimant.instance !== "" && (trusted || reason === "expired")) {
      const others = (this.#former.get(key) ?? []).filter((last) => !overlap(last, lease));
      this.#former.set(key, [...others, lease].slice(-16));
    }
    this.#cap();
  }

  /** Memory follows the disk, on which are only these. */
  readopt(kept: readonly ModelLease[]): void {
    for (const port of this.ports)
      if (port.state === "leased") this.#rest(port, null, this.#policy.quarantineMs);
    this.leases = [...kept];
    for (const port of kept.flatMap((lease) => this.#portsOf(lease))) {
      Object.assign(port, { state: "leased", rest: null, interrupted: null, recheck: null });
    }
  }

  advance(ms: number): void {
    this.nowMs += ms;
    this.#cap();
    for (const block of new Set(this.ports.map((port) => port.block))) this.#advanceBlock(block);
  }

  /** The longest run that is free and pinned to nobody. */
  longestRun(): number {
    const lengths = this.ports.map((_, index) => {
      let length = 0;
      for (;;) {
        const port = this.ports[index + length];
        if (port === undefined || port.block !== this.ports[index]?.block) return length;
        if (port.state !== "free" || this.#isPinned(port.port)) return length;
        length += 1;
      }
    });
    return Math.max(0, ...lengths);
  }

  #advanceBlock(block: number): void {
    const rested = this.ports
      .filter(
        (port) => port.block === block && port.rest !== null && port.rest.untilMs <= this.nowMs,
      )
      .toSorted((a, b) => compareRests(a.rest, b.rest));
    for (const port of rested) {
      port.rest = null;
      if (this.bound.has(port.port)) this.#makeUnavailable(port);
      else this.#free(port);
    }
    const due = this.ports
      .filter((port) => port.block === block && (port.recheck?.atMs ?? Infinity) <= this.nowMs)
      .toSorted(
        (a, b) =>
          (a.recheck?.atMs ?? 0) - (b.recheck?.atMs ?? 0) ||
          (a.recheck?.order ?? 0) - (b.recheck?.order ?? 0),
      );
    for (const port of due) {
      if (this.bound.has(port.port)) this.#makeUnavailable(port);
      else this.#free(port);
    }
  }

  #quotaExceeded({ service }: ModelClaimant, count: number): boolean {
    const limit = this.#policy.quota.services.get(service) ?? this.#policy.quota.perService;
    return limit !== null && this.used(service) + count > limit;
  }

  #lease(firstPort: number, count: number, claimant: ModelClaimant): Expected {
    const lease = { firstPort, count, claimant, generation: this.#next() };
    for (const port of this.#portsOf(lease)) {
      port.interrupted = port.rest;
      port.rest = null;
      port.state = "leased";
    }
    this.leases.push(lease);
    return { ok: true, firstPort };
  }

  /** Whether they can be had; those found in use on the way are marked so. */
  #takeExactly(firstPort: number, count: number, claimant: ModelClaimant): boolean {
    const run = this.#run(firstPort, count);
    if (run === null || run.some(({ port }) => !this.#mayHave(port, claimant))) return false;
    const isBack = ({ rest }: ModelPort): boolean =>
      rest !== null && claimant.instance !== "" && rest.returning === keyOf(claimant);
    if (!run.every((port) => port.state === "free" || isBack(port))) return false;
    const inUse = run.find(({ port }) => this.bound.has(port));
    if (inUse === undefined) return true;
    if (inUse.state === "free") this.#findInUse(inUse);
    return false;
  }

  #pick(count: number): number | null {
    for (const place of this.#places()) {
      for (;;) {
        const left = place.filter(({ state }) => state === "free");
        const start = this.#choose(left, count);
        if (start === null) break;
        const run = this.ports.filter(({ port }) => port >= start && port < start + count);
        const inUse = run.find(({ port }) => this.bound.has(port));
        if (inUse === undefined) return start;
        this.#findInUse(inUse);
      }
    }
    return null;
  }

  #choose(place: Place, count: number): number | null {
    const rank = (start: number): number => {
      const here = place.filter(({ port }) => port >= start && port < start + count);
      if (this.#policy.pickPolicy === "compact") return runLength(place, start);
      return Math.max(...here.map(({ freedAt }) => freedAt));
    };
    let best: number | null = null;
    for (const start of startsIn(place, count)) {
      if (best === null || rank(start) < rank(best)) best = start;
    }
    return best;
  }

  /** Any of the places that are left once what was found in use is out of the way. */
  #checkRandom(count: number, { firstPort, foundInUse }: Observed): number | null {
    for (const number of foundInUse.slice(this.foundInUse.length)) {
      const port = this.ports.find((other) => other.port === number);
      if (port?.state !== "free" || !this.bound.has(number))
        throw new Error(`${number} is not in use`);
      this.#findInUse(port);
    }
    for (const place of this.#places()) {
      const starts = startsIn(place, count);
      if (starts.length === 0) continue;
      if (firstPort === null || !starts.includes(firstPort)) {
        throw new Error(`${firstPort} is none of ${starts.join(", ")}`);
      }
      return firstPort;
    }
    return null;
  }

  /** Free ports in the order in which the bands and blocks are used. */
  #places(): readonly Place[] {
    const blocks = [...new Set(this.#open().map(({ block }) => block))];
    const isStatic = ({ port, block }: ModelPort): boolean =>
      block === 0 && port < (this.ports[0]?.port ?? 0) + this.#policy.staticPorts;
    const free = this.#open().filter(
      ({ port, state }) => state === "free" && !this.#isPinned(port),
    );
    const dynamic = blocks.map((block) =>
      free.filter((port) => port.block === block && !isStatic(port)),
    );
    return [...dynamic, ...blocks.map((block) => free.filter((port) => port.block === block))];
  }

  #open(): readonly ModelPort[] {
    return this.ports.filter(({ block }) => !this.draining.has(block));
  }

  /** `null` when they are not all in one block that grants. */
  #run(firstPort: number, count: number): readonly ModelPort[] | null {
    const run = this.#open().filter(({ port }) => port >= firstPort && port < firstPort + count);
    return run.length === count && run.every(({ block }) => block === run[0]?.block) ? run : null;
  }

  #portsOf({ firstPort, count }: ModelLease): readonly ModelPort[] {
    return this.ports.filter(({ port }) => port >= firstPort && port < firstPort + count);
  }

  #isPinned(port: number): boolean {
    return this.#policy.pins.some((pin) => pin.port === port);
  }

  #mayHave(port: number, claimant: ModelClaimant): boolean {
    const pins = this.#policy.pins.filter((pin) => pin.port === port);
    return pins.length === 0 || pins.some((pin) => this.#isFor(pin, claimant));
  }

  #isFor(pin: ModelClaimant, { service, instance }: ModelClaimant): boolean {
    return pin.service === service && ["", instance].includes(pin.instance);
  }

  #resume(port: ModelPort): boolean {
    if (port.interrupted === null) return false;
    port.state = "quarantined";
    port.rest = { ...port.interrupted, order: this.#next() };
    port.interrupted = null;
    return true;
  }

  #rest(port: ModelPort, returning: string | null, quarantineMs: number): void {
    Object.assign(port, { interrupted: null, recheck: null, rest: null });
    if (quarantineMs > 0) {
      const order = this.#next();
      port.state = "quarantined";
      port.rest = { untilMs: this.nowMs + quarantineMs, cut: false, returning, order };
    } else if (this.bound.has(port.port)) this.#makeUnavailable(port);
    else this.#free(port);
  }

  #cap(): void {
    const { quarantineMs, quarantineFloorMs, quarantineShareMax } = this.#policy;
    if (quarantineFloorMs >= quarantineMs) return;
    for (;;) {
      const uncut = this.ports.flatMap(({ rest }) => (rest !== null && !rest.cut ? [rest] : []));
      if (uncut.length <= Math.ceil(this.ports.length * quarantineShareMax)) return;
      const [oldest] = uncut.toSorted(compareRests);
      if (oldest === undefined) return;
      oldest.cut = true;
      oldest.untilMs -= quarantineMs - quarantineFloorMs;
      oldest.order = this.#next();
    }
  }

  #free(port: ModelPort): void {
    port.state = "free";
    port.recheck = null;
    port.freedAt = this.#next();
  }

  #findInUse(port: ModelPort): void {
    this.foundInUse.push(port.port);
    this.#makeUnavailable(port);
  }

  #makeUnavailable(port: ModelPort): void {
    const delayMs = Math.min((port.recheck?.delayMs ?? 500) * 2, 30_000);
    port.state = "unavailable";
    port.recheck = { atMs: this.nowMs + delayMs, delayMs, order: this.#next() };
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }
}
