// Runs one seed: some time with faults, then rest, until every lease has run out and every port can be had again.

import { Faults } from "./faults.js";
import type { Finding } from "./findings.js";
import { scenarioOf, type Scenario } from "./scenario.js";
import { drainPromises } from "./virtual-time.js";
import { World } from "./world.js";

export interface SeedResult {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly finding: Finding | null;
  /** Equal for equal runs. */
  readonly hash: string;
  readonly events: number;
  /** Grants that reached the disk: a run without any proves nothing. */
  readonly grants: number;
  readonly virtualMs: number;
  /** The last lines of the trace. */
  readonly lastLines: readonly string[];
}

/** A port that somebody was found on is looked at again after at most so long (port-block.ts); and a broker starts again. */
const recheckMsMax = 40_000;

export async function runSeed(
  seed: number,
  print: ((line: string) => void) | null = null,
): Promise<SeedResult> {
  const scenario = scenarioOf(seed);
  const world = new World(scenario, print);
  const { time, findings, trace } = world;
  const run = new Run(world);
  const unhandled = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    findings.add("no rejection is left unhandled", text);
  };
  process.on("unhandledRejection", unhandled);
  try {
    const faults = new Faults(world);
    world.start();
    faults.start();
    await run.until(scenario.durationMs, () => false);
    faults.endAll();
    checkCalm(world);
    trace.add("world", "rests");
    world.retire();
    const { ttlMaxMs, quarantineMs } = scenario.pool;
    const lastMs = scenario.durationMs + 2 * ttlMaxMs + quarantineMs + recheckMsMax;
    await run.until(lastMs, () => isEmpty(world));
    if (findings.first === null) checkEmpty(world);
  } finally {
    process.off("unhandledRejection", unhandled);
  }
  return {
    seed,
    scenario,
    finding: findings.first,
    hash: trace.hash(),
    events: run.events,
    grants: world.model.leases.size,
    virtualMs: time.nowMs,
    lastLines: trace.last.slice(-30),
  };
}

class Run {
  readonly #world: World;
  events = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Lets events happen until then, until `done`, or until a promise is broken. */
  async until(endMs: number, done: () => boolean): Promise<void> {
    const { time, findings } = this.#world;
    while (findings.first === null && !done() && time.step(endMs)) {
      this.events += 1;
      await drainPromises();
      this.#world.check();
    }
  }
}

/** Where nothing went wrong, nobody loses a lease. */
function checkCalm({ scenario, services, findings }: World): void {
  if (scenario.faults.size > 0) return;
  for (const { process, lostCount } of services) {
    findings.check(
      lostCount === 0,
      "3: without faults no lease is lost",
      () => `${process.name} lost ${lostCount}`,
    );
  }
}

function isEmpty({ broker, model }: World): boolean {
  const { serving } = broker;
  if (serving === null || model.live.size > 0 || serving.leaseCount > 0) return false;
  return serving.pools.every((pool) => {
    const { total, free } = pool.usage();
    return total > 0 && total === free;
  });
}

/** Promise 7: what was in doubt leaks for a while, and not for ever. */
function checkEmpty(world: World): void {
  const { broker, model, findings, disk } = world;
  const usage = broker.serving?.pools.map((pool) => JSON.stringify(pool.usage())).join();
  findings.check(
    isEmpty(world),
    "7: after the faults every lease runs out and every port can be had again",
    () => `${model.live.size} leases are left; the pools: ${usage ?? "no broker serves"}`,
  );
  findings.check(
    disk.read().leases.length === 0,
    "7: the disk has no lease that the broker does not know",
    () =>
      disk
        .read()
        .leases.map(({ leaseId }) => leaseId)
        .join(),
  );
}
