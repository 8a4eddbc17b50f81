// Whether the operating system still holds what the blocks stand for: held sockets, and reservations that outlive the broker.
// What is lost is taken back where that is possible at once, else said. A few ports a round, so that all have their turn.

import type { PortWitness } from "./audit-boundaries.js";
import type { AuditCounters } from "./audit-counters.js";
import type { PortReservation } from "./boundaries.js";
import type { CoverWatch } from "./cover-watch.js";
import type { LeaseBook } from "./lease-book.js";
import type { PortBlock } from "./port-block.js";
import { containsPort, eachPort, type PortRange } from "./port-range.js";

/** How many ports one round looks at: about 3 ms on Linux, where each is a system call. */
const portsPerRound = 512;
/** How many reservations one round looks up: each is a system call, or (ADMINISTERED) a program that is run. */
const lookupsPerRound = 16;

/** What a block has lost. */
export interface Drift {
  readonly ports: readonly PortRange[];
  /** Nothing at all of the block is reserved. */
  readonly whole: boolean;
  readonly detail: string;
}

export class BlockDrift {
  readonly #book: LeaseBook;
  readonly #witness: PortWitness;
  readonly #cover: CoverWatch;
  readonly #counters: AuditCounters;
  /** By block: the reservations that were not found, by their first port. */
  readonly #missing = new Map<PortBlock, Map<string, PortRange>>();
  #portsSeen = 0;
  #lookups = 0;

  constructor(book: LeaseBook, witness: PortWitness, cover: CoverWatch, counters: AuditCounters) {
    this.#book = book;
    this.#witness = witness;
    this.#cover = cover;
    this.#counters = counters;
  }

  /** `null` for a block of which nothing is known to be lost. */
  of(block: PortBlock): Drift | null {
    const missing = this.#missing.get(block);
    if (missing === undefined) return null;
    const ports = [...missing.values()];
    const { firstPort, lastPort } = block.record.ports;
    const lost = (port: number): boolean => ports.some((range) => containsPort(range, port));
    let whole = true;
    for (let port = firstPort; whole && port <= lastPort; port += 1) whole = lost(port);
    return { ports, whole, detail: missingDetail };
  }

  async round(): Promise<void> {
    const blocks = this.#book.blocks();
    for (const block of this.#missing.keys()) {
      if (!blocks.includes(block)) this.#missing.delete(block);
    }
    this.#verify(blocks);
    await this.#lookUp(blocks);
  }

  /** What this process holds itself: synchronous. */
  #verify(blocks: readonly PortBlock[]): void {
    const lost = new Map<PortBlock, number[]>();
    for (const [block, port] of turnOf(blocks, this.#portsSeen, portsPerRound)) {
      this.#portsSeen += 1;
      if (!block.reservation.verifyPort(port)) lost.set(block, [...(lost.get(block) ?? []), port]);
    }
    for (const [block, ports] of lost) this.#takeBack(block, ports);
  }

  #takeBack(block: PortBlock, ports: readonly number[]): void {
    const bare = ports.filter((port) => !isCovered(block, port));
    this.#counters.drifted += ports.length;
    this.#counters.repaired += ports.length - bare.length;
    if (bare.length > 0) this.#coverLater(block, new Set(bare));
    const back = ports.filter((port) => !bare.includes(port));
    if (back.length > 0) this.#tell(block, back.map(single), lostDetail, true);
    if (bare.length > 0) this.#tell(block, bare.map(single), lostDetail, false);
  }

  /** A free port is covered when it is granted next, or not granted; a leased one is tried again and again. */
  #coverLater(block: PortBlock, bare: ReadonlySet<number>): void {
    for (const lease of this.#book.leases.all()) {
      if (lease.block !== block) continue;
      for (const port of eachPort(lease.record.ports)) {
        if (bare.has(port)) this.#cover.watch(lease, port);
      }
    }
  }

  /** What outlives the broker, and so can be taken away by others. */
  async #lookUp(blocks: readonly PortBlock[]): Promise<void> {
    const runs = blocks.filter(outlivesBroker).flatMap((block) => runsOf(block));
    for (let count = 0; count < Math.min(lookupsPerRound, runs.length); count += 1) {
      const run = runs[this.#lookups % runs.length];
      this.#lookups += 1;
      if (run === undefined) return;
      const there = await this.#witness.isReserved(run.reservation);
      if (there !== null) this.#note(run, there);
    }
  }

  #note({ block, reservation }: ReservedRun, there: boolean): void {
    const key = `${reservation.protocol} ${reservation.firstPort}`;
    const missing = this.#missing.get(block) ?? new Map<string, PortRange>();
    if (there !== missing.has(key)) return;
    const { firstPort, portCount } = reservation;
    const range = { firstPort, lastPort: firstPort + portCount - 1 };
    if (there) {
      missing.delete(key);
      this.#counters.repaired += portCount;
    } else {
      missing.set(key, range);
      this.#counters.drifted += portCount;
    }
    if (missing.size > 0) this.#missing.set(block, missing);
    else this.#missing.delete(block);
    this.#tell(block, [range], missingDetail, there);
  }

  #tell(
    { record: { blockId } }: PortBlock,
    ports: readonly PortRange[],
    detail: string,
    repaired: boolean,
  ): void {
    this.#book.events.publish({ type: "block_drifted", blockId, ports, detail, repaired });
  }
}

const lostDetail = "what the broker held the ports with was gone";

const missingDetail =
  "the reservation is not there any more: somebody removed it (see netsh int ipv4 show excludedportrange); leased ports are " +
  "for anybody to bind, and free ones are reserved anew before they are granted; restart the broker to reserve all of it";

interface ReservedRun {
  readonly block: PortBlock;
  readonly reservation: PortReservation;
}

function outlivesBroker({ record: { kind } }: PortBlock): boolean {
  return kind === "persistent" || kind === "administered";
}

/** The reservations that the block is made of: one for all its ports, or several. Uncovered ports have none. */
function runsOf(block: PortBlock): readonly ReservedRun[] {
  const { firstPort, lastPort } = block.record.ports;
  const uncovered = new Set(block.reservation.uncoveredPorts());
  const runs = new Map<string, ReservedRun>();
  for (let port = firstPort; port <= lastPort;) {
    let next = port + 1;
    for (const reservation of uncovered.has(port) ? [] : block.reservation.reservationsOf(port)) {
      runs.set(`${reservation.protocol} ${reservation.firstPort}`, { block, reservation });
      next = Math.max(next, reservation.firstPort + reservation.portCount);
    }
    port = next;
  }
  return [...runs.values()];
}

/** The next ports in a circle over those of all blocks; none twice. */
function* turnOf(
  blocks: readonly PortBlock[],
  start: number,
  count: number,
): Generator<readonly [PortBlock, number]> {
  const total = blocks.reduce((sum, { reservation }) => sum + reservation.portCount, 0);
  for (let index = 0; index < Math.min(count, total); index += 1) {
    let offset = (start + index) % total;
    for (const block of blocks) {
      const { firstPort, portCount } = block.reservation;
      if (offset < portCount) {
        yield [block, firstPort + offset];
        break;
      }
      offset -= portCount;
    }
  }
}

function single(port: number): PortRange {
  return { firstPort: port, lastPort: port };
}

function isCovered(block: PortBlock, port: number): boolean {
  try {
    return block.reservation.coverPort(port).state === "free";
  } catch {
    return false;
  }
}
