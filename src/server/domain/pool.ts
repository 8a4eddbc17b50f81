// A pool: a policy and the blocks it takes ports from. Chooses ports and says why none can be had; who gets them and for how
// long is the broker's business.

import { BrokerError } from "./errors.js";
import type { PortBlock, PortUsage } from "./port-block.js";
import { containsPort, formatPortRange, portRange, type PortRange } from "./port-range.js";
import type { Isolation, Protocol, ReservationKind } from "./records.js";

export interface PoolPolicy {
  readonly name: string;
  readonly protocol: Protocol;
  readonly kind: ReservationKind;
  /** True: nobody asked for this kind; it is what is best on this host. */
  readonly kindIsAuto: boolean;
  readonly isolation: Isolation;
  /** A given first port; `null` when the pool may lie anywhere. */
  readonly startPort: number | null;
  /** Who picks the first port of a block when none is given; see the native layer's request of the same name. */
  readonly pick: "auto" | "any";
  /** How many ports the configuration asks for. */
  readonly size: number;
  /** To how many ports the pool may grow; equal to `size` when it does not. */
  readonly sizeMax: number;
  /** How many ports one more block has. */
  readonly growBy: number;
  /** A block that was added by growth goes when nothing was leased from it for so long. */
  readonly shrinkAfterMs: number;
  readonly pickPolicy: PickPolicyName;
  /** Ports that belong to one service, and are never given to others. */
  readonly pins: readonly Pin[];
  /** How many of the first ports are given out only when the others are all in use, so that they stay for who names them. */
  readonly staticPorts: number;
  readonly quota: Quota;
  /** No longer configured: lives until its last lease ends, grants nothing. */
  readonly retired: boolean;
  readonly ttlDefaultMs: number;
  readonly ttlMinMs: number;
  readonly ttlMaxMs: number;
  /** Longest TTL of a new lease once more than `crowdedShare` of the pool's ports are leased. */
  readonly ttlCrowdedMs: number;
  /** 0 to 1; 1: the pool is never crowded. */
  readonly crowdedShare: number;
  readonly quarantineMs: number;
  /** At most this share (0 to 1) of the pool's ports rests; more make the rest of all shorter, down to the floor. */
  readonly quarantineShareMax: number;
  /** No rest is cut below this; at most `quarantineMs`. */
  readonly quarantineFloorMs: number;
  readonly portCountMax: number;
}

/** Which free port is taken: the one that has been free the longest, the one that keeps long runs whole, or any. */
export type PickPolicyName = "least-recently-used" | "compact" | "random";

export interface Pin {
  readonly port: number;
  readonly service: string;
  /** "": every instance of the service. */
  readonly instance: string;
}

/** How many ports one service may have leased from the pool at once. */
export interface Quota {
  /** For a service that is not named; `null`: no limit. */
  readonly perService: number | null;
  readonly services: ReadonlyMap<string, number>;
}

/** Ports taken from a block, not leased on disk yet. */
export interface TakenPorts {
  readonly block: PortBlock;
  readonly ports: PortRange;
}

export interface PoolUsage extends PortUsage {
  readonly largestFreeRun: number;
}

export class Pool {
  readonly policy: PoolPolicy;
  readonly #blocks: PortBlock[];

  constructor(policy: PoolPolicy, blocks: readonly PortBlock[]) {
    this.policy = policy;
    this.#blocks = [...blocks];
  }

  get blocks(): readonly PortBlock[] {
    return this.#blocks;
  }

  addBlock(block: PortBlock): void {
    this.#blocks.push(block);
  }

  /** No-op for a block of another pool. */
  removeBlock(block: PortBlock): void {
    const index = this.#blocks.indexOf(block);
    if (index >= 0) this.#blocks.splice(index, 1);
  }

  /** Takes a run of `count` ports. Throws pool_full, no_contiguous_run, or why the operating system could not be asked. */
  take(count: number, nowMs: number): TakenPorts {
    let failure: Error | null = null;
    for (const block of this.#openBlocks()) {
      const ports = block.take(count);
      if (ports !== null) return { block, ports };
      failure ??= block.takeFailure;
    }
    // That ports could not be looked at is the news, not that none is left.
    throw failure ?? this.#nothingFree(count, nowMs);
  }

  /** Takes exactly the run that begins at `firstPort`. Throws the reason why it cannot be had. */
  takeAt(firstPort: number, count: number): TakenPorts {
    const ports = portRange(firstPort, count);
    const block = this.#openBlocks().find(
      ({ record }) =>
        ports !== null &&
        containsPort(record.ports, ports.firstPort) &&
        containsPort(record.ports, ports.lastPort),
    );
    if (ports === null || block === undefined) throw this.#notInPool(firstPort, count);
    const taken = block.takeExactly(ports);
    if (taken === null) throw this.#cannotBeHad(block, ports);
    return { block, ports: taken };
  }

  usage(): PoolUsage {
    return usageOf(this.#blocks);
  }

  #openBlocks(): readonly PortBlock[] {
    return this.#blocks.filter(({ record }) => !record.draining && record.stage === "created");
  }

  #notInPool(firstPort: number, count: number): BrokerError {
    const ranges = this.#openBlocks().map(({ record }) => formatPortRange(record.ports));
    const wanted =
      count === 1 ? `port ${firstPort} is` : `ports ${firstPort}-${firstPort + count - 1} are`;
    return new BrokerError(
      "port_out_of_range",
      `${wanted} not in pool "${this.policy.name}", which has ${ranges.join(", ") || "no block"}; ` +
        "prefer a port of the pool, or none",
      {
        field: "preferred_port",
        metadata: { pool: this.policy.name, port: String(firstPort), ports: ranges.join(", ") },
      },
    );
  }

  #cannotBeHad(block: PortBlock, ports: PortRange): BrokerError {
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const state = block.stateOf(port);
      if (state === "free") continue;
      const { code, why } = whyNot[state];
      return new BrokerError(
        code,
        `port ${port} of pool "${this.policy.name}" ${why}; ask without port_preference MUST to get another port`,
        { subject: `port:${port}`, metadata: { pool: this.policy.name, port: String(port) } },
      );
    }
    throw new RangeError(`all of ${formatPortRange(ports)} is free`);
  }

  #nothingFree(count: number, nowMs: number): BrokerError {
    // What is being drained is no help to the caller.
    const usage = usageOf(this.#openBlocks());
    const metadata = {
      pool: this.policy.name,
      port_count: String(count),
      total: String(usage.total),
      free: String(usage.free),
      leased: String(usage.leased),
      quarantined: String(usage.quarantined),
      unavailable: String(usage.unavailable),
      largest_free_run: String(usage.largestFreeRun),
    };
    const retryAfterMs = this.#untilQuarantineEnds(nowMs);
    const details = {
      subject: `pool:${this.policy.name}`,
      metadata,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    };
    const state =
      `${usage.leased} of ${usage.total} leased, ${usage.quarantined} resting, ` +
      `${usage.unavailable} in use by others, ${usage.free} free`;
    if (count > 1 && usage.free >= count) {
      return new BrokerError(
        "no_contiguous_run",
        `pool "${this.policy.name}" has no ${count} free ports in a row (longest run ${usage.largestFreeRun}; ${state}); ` +
          "ask for fewer ports, wait for leases to end, or enlarge the pool",
        details,
      );
    }
    return new BrokerError(
      "pool_full",
      `pool "${this.policy.name}" has no free port (${state}); release leases, wait for some to expire, or enlarge the pool`,
      details,
    );
  }

  #untilQuarantineEnds(nowMs: number): number | null {
    const ends = this.#openBlocks()
      .map((block) => block.nextQuarantineEndMs)
      .filter((end) => end !== null);
    return ends.length === 0 ? null : Math.max(0, Math.min(...ends) - nowMs);
  }
}

const whyNot = {
  leased: { code: "port_leased", why: "is leased to another holder" },
  quarantined: { code: "port_in_quarantine", why: "rests between two holders" },
  unavailable: { code: "port_in_use", why: "is in use by somebody without a lease on it" },
} as const;

function usageOf(blocks: readonly PortBlock[]): PoolUsage {
  const sum = { total: 0, free: 0, leased: 0, quarantined: 0, unavailable: 0, largestFreeRun: 0 };
  for (const block of blocks) {
    const usage = block.usage();
    sum.total += usage.total;
    sum.free += usage.free;
    sum.leased += usage.leased;
    sum.quarantined += usage.quarantined;
    sum.unavailable += usage.unavailable;
    sum.largestFreeRun = Math.max(sum.largestFreeRun, block.longestFreeRun());
  }
  return sum;
}
