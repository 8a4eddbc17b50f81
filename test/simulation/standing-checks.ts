// What must hold at every moment, by looking at the whole world after each event: the broker that serves, the clients that run, and
// what the model knows to be true.

import type { Broker } from "#server/domain/broker.js";
import type { PortBlock } from "#server/domain/port-block.js";
import type { Findings } from "./findings.js";
import { stateOf } from "#client/lease-track.js";
import type { LeaseModel, ModelLease } from "./lease-model.js";
import type { PolicyWords } from "./policy-words.js";
import type { SimBroker } from "./sim-broker.js";
import type { SimService } from "./sim-service.js";

export interface StandingWorld {
  readonly findings: Findings;
  readonly model: LeaseModel;
  readonly words: PolicyWords;
  readonly broker: SimBroker;
  readonly services: () => readonly SimService[];
  readonly asleep: () => boolean;
  /** Whether the host lets anybody bind the port, since its lessee does so plainly; `null` where no port is ever let go. */
  readonly isLent: (port: number) => boolean | null;
  readonly mayEndEarly: (lease: ModelLease) => boolean;
  /** For how long the broker could have seen that the lease's proven holder is gone; 0 when it is not. */
  readonly orphanedForMs: (lease: ModelLease) => number;
}

/** Moments are sums of fractions of milliseconds. */
const roundingMs = 0.001;

/** Holders' processes are looked at every second; the end is written after that. */
const orphanedMsMax = 2_500;

export function checkStanding(world: StandingWorld): void {
  const { broker } = world;
  if (broker.serving !== null && broker.process?.runs === true) {
    checkLive(world, broker.serving);
    checkPorts(world, broker.serving);
    world.words.checkServing(broker.serving, world.findings);
  }
  for (const lease of world.model.live) {
    world.findings.check(
      world.orphanedForMs(lease) < orphanedMsMax,
      "6: a lease ends soon after its proven holder",
      () => `lease ${lease.record.leaseId} goes on`,
    );
  }
  for (const service of world.services()) checkBeliefs(world, service);
}

/** Promises 2 and 3: what was answered and is still due to its holder is known to the broker that serves. */
function checkLive(
  { findings, model, broker: { clockMs }, ...world }: StandingWorld,
  core: Broker,
): void {
  for (const lease of model.live) {
    const { record, safeUntilMs, endAsked } = lease;
    if (safeUntilMs === null || endAsked || clockMs >= safeUntilMs - roundingMs) continue;
    if (core.findLive(record.leaseId) !== null || world.mayEndEarly(lease)) continue;
    findings.add(
      "2, 3: a lease that was answered lives for its TTL",
      `lease ${record.leaseId} has ${(safeUntilMs - clockMs).toFixed(1)} ms left, and the broker does not know it`,
    );
  }
}

/** Promises 1 and 7: what is leased on disk is leased in memory, and every port is counted once. */
function checkPorts({ findings, model, isLent }: StandingWorld, core: Broker): void {
  // While the store is out of order, memory follows the disk later.
  if (core.readOnlyReason !== null) return;
  const blocks: PortBlock[] = [];
  for (const pool of core.pools) {
    for (const block of pool.blocks) {
      blocks.push(block);
      const { total, free, leased, quarantined, unavailable } = block.usage();
      findings.check(
        total === free + leased + quarantined + unavailable && unavailable >= 0,
        "7: the counters add up",
        () => `${free} + ${leased} + ${quarantined} + ${unavailable} is not ${total}`,
      );
      const { firstPort, lastPort } = block.record.ports;
      for (let port = firstPort; port <= lastPort; port += 1) {
        const lent = isLent(port);
        if (lent === null) continue;
        findings.check(
          lent === (block.stateOf(port) === "leased"),
          "1: a port is let go for its lessee, and for nobody else",
          () => `port ${port} is ${block.stateOf(port)}, and ${lent ? "let go" : "held"}`,
        );
      }
    }
  }
  for (const { record } of model.live) {
    const block = blocks.find((each) => each.record.blockId === record.blockId);
    for (let port = record.ports.firstPort; port <= record.ports.lastPort; port += 1) {
      findings.check(
        block?.stateOf(port) === "leased",
        "1: what is leased on disk is leased in memory",
        () => `port ${port} of lease ${record.leaseId} is ${block?.stateOf(port)}`,
      );
    }
  }
}

/** Promise 4: who runs and believes to have a port is the last who got it. */
function checkBeliefs({ findings, model, asleep }: StandingWorld, service: SimService): void {
  const { process } = service;
  // For a client that was paused, promise 5 is the guard (semantics.md 7).
  if (!process.runs || process.catchingUp || asleep()) return;
  const nowMs = process.monotonicMs();
  for (const { kept, grant } of service.beliefs) {
    if (kept.track.doubt !== null) continue;
    const state = stateOf(kept.track, nowMs);
    if (state !== "safe" && state !== "jeopardy") continue;
    const own = model.leases.get(kept.leaseId);
    // Whoever ends a lease by force knows that its holder may not have heard yet.
    const endedBy = own?.ended?.reason ?? "expired";
    if (endedBy !== "expired" && endedBy !== "released") continue;
    for (const port of grant.ports) {
      const newest = model.newestOf(port);
      findings.check(
        newest === null || newest.record.leaseId === kept.leaseId,
        "4: a running client considers its lease lost before the port is granted again",
        () =>
          `${process.name} believes to have port ${port} by ${kept.leaseId}, which ${newest?.record.leaseId} has`,
      );
    }
  }
}
