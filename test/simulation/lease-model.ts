// What must be true of the leases, whatever the broker thinks: learnt from what reaches the disk and from what leaves the broker, in
// true time. Checks each grant, renewal and end as it happens; what must hold all the time is in standing-checks.ts.

import type { PoolConfig } from "#server/config/config.js";
import { portCountOf } from "#server/domain/port-range.js";
import type {
  EndedLeaseRecord,
  LeaseEndReason,
  LeaseRecord,
  SealedChange,
} from "#server/domain/records.js";
import type { Findings } from "./findings.js";
import type { PolicyWords } from "./policy-words.js";
import type { Trace } from "./trace.js";

/** For rounding, and for the difference between the clocks of monotonic and wall time within one quarantine. */
const toleranceMs = 2;
const toleranceShare = 0.01;

export interface ModelWorld {
  readonly findings: Findings;
  readonly trace: Trace;
  readonly nowMs: () => number;
  /** Time as the broker's monotonic clock counts it, across its restarts. */
  readonly brokerMs: () => number;
  readonly wallJumps: () => number;
  readonly pool: PoolConfig;
  /** What operators were answered of pins and quotas. */
  readonly words: PolicyWords;
  /** The process, other than the broker, that has been bound to the port since before that time. */
  readonly boundSinceBefore: (port: number, sinceMs: number) => number | null;
  /** Why the broker may end this lease before its time. */
  readonly mayEnd: (lease: ModelLease, reason: LeaseEndReason) => boolean;
}

/** A lease that is or was on disk. */
export interface ModelLease {
  record: LeaseRecord;
  /** Every TTL that it has had on disk: an older one may be answered while a change is on its way. */
  readonly ttlsMs: number[];
  readonly grantedAtMs: number;
  /** The key that was answered; `null` until then. */
  holderKey: string | null;
  /** Until then (by `brokerMs`) it must live: the last answer plus the TTL. `null` until it was answered. */
  safeUntilMs: number | null;
  /** Its holder asked for its end, or the broker knows that nobody waits for it. */
  endAsked: boolean;
  /** Why operators asked for its end, each time that they did. */
  readonly revokeReasons: string[];
  ended: ModelEnd | null;
}

interface ModelEnd {
  readonly reason: LeaseEndReason;
  readonly sealedAtMs: number;
  readonly wallJumps: number;
}

interface Sealing {
  readonly nowMs: number;
  readonly brokerMs: number;
}

export class LeaseModel {
  /** Every lease that ever was, in order of grant. */
  readonly leases = new Map<string, ModelLease>();
  /** Those that have not ended. */
  readonly live = new Set<ModelLease>();
  /** The newest lease of each port that is on disk. */
  readonly #newestOf = new Map<number, ModelLease>();
  readonly #world: ModelWorld;
  readonly #byRequest = new Map<string, ModelLease>();
  readonly #receivedAtMs = new Map<string, number>();
  readonly #ttlAsked = new Set<string>();
  readonly #goneCalls = new Set<string>();
  #sealing: Sealing = { nowMs: 0, brokerMs: 0 };
  #landedRevision = 0;
  #publishedRevision = 0;

  constructor(world: ModelWorld) {
    this.#world = world;
  }

  newestOf(port: number): ModelLease | null {
    return this.#newestOf.get(port) ?? null;
  }

  // What reaches the disk.

  sealed(): void {
    this.#sealing = { nowMs: this.#world.nowMs(), brokerMs: this.#world.brokerMs() };
  }

  landed(batch: readonly SealedChange[]): void {
    for (const { revision, change } of batch) {
      this.#landedRevision = revision;
      if (change.type === "lease_granted") this.#grantLanded(change.lease);
      if (change.type === "lease_ended") this.#endLanded(change.ended);
      if (change.type === "lease_ttl_changed") this.#ttlLanded(change.lease);
    }
  }

  // What reaches and leaves the broker.

  /** An acquire came in; `call` is the label that tells it apart. */
  acquireReceived(call: string): void {
    if (!this.#receivedAtMs.has(call)) this.#receivedAtMs.set(call, this.#world.nowMs());
  }

  endReceived(leaseId: string, holderKey: string): void {
    const lease = this.leases.get(leaseId);
    if (lease !== undefined && lease.holderKey === holderKey) lease.endAsked = true;
  }

  revokeAsked(leaseId: string, reason: string): void {
    const lease = this.leases.get(leaseId);
    lease?.revokeReasons.push(reason);
    if (lease !== undefined) lease.endAsked = true;
  }

  ttlReceived(leaseId: string): void {
    this.#ttlAsked.add(leaseId);
  }

  /** Nobody waits any more for what this acquire grants, and nobody can ask for it again. */
  callerGone(call: string): void {
    for (const lease of this.leases.values()) {
      if (callOf(lease.record) === call && lease.holderKey === null) lease.endAsked = true;
    }
    this.#goneCalls.add(call);
  }

  granted(leaseId: string, holderKey: string, ttlMs: number, generation: number): void {
    const { findings } = this.#world;
    const lease = this.leases.get(leaseId);
    if (lease === undefined) {
      findings.add("2: an answered grant is on disk", `lease ${leaseId} was answered and is not`);
      return;
    }
    findings.check(
      lease.record.generation === generation,
      "2: an answer says what is on disk",
      () => `lease ${leaseId} was answered with generation ${generation}`,
    );
    findings.check(
      lease.holderKey === null || lease.holderKey === holderKey,
      "request_id: a retry gets the same key",
      () => `lease ${leaseId} has another key than before`,
    );
    lease.holderKey = holderKey;
    this.#answered(lease, ttlMs, "granted", this.brokerMs);
  }

  get brokerMs(): number {
    return this.#world.brokerMs();
  }

  /** `fromMs`: when (by `brokerMs`) its TTL began; now unless told. */
  renewed(leaseId: string, ttlMs: number, fromMs = this.brokerMs): void {
    const lease = this.leases.get(leaseId);
    if (lease === undefined) {
      this.#world.findings.add("2: a renewed lease is on disk", `lease ${leaseId} is not`);
      return;
    }
    this.#answered(lease, ttlMs, "renewed", fromMs);
  }

  released(leaseId: string): void {
    const lease = this.leases.get(leaseId);
    this.#world.findings.check(
      lease === undefined || lease.ended !== null,
      "2: an answered release is on disk",
      () => `lease ${leaseId} was answered as released and is still there`,
    );
  }

  /** The broker told an event. */
  published(revision: number): void {
    const { findings } = this.#world;
    findings.check(
      revision > this.#publishedRevision,
      "events come in revision order without repeats",
      () => `revision ${revision} after ${this.#publishedRevision}`,
    );
    findings.check(
      revision <= this.#landedRevision,
      "2: what is told is on disk",
      () => `revision ${revision} was told, the disk is at ${this.#landedRevision}`,
    );
    this.#publishedRevision = revision;
  }

  #answered(lease: ModelLease, ttlMs: number, what: string, fromMs: number): void {
    const { findings } = this.#world;
    const { leaseId } = lease.record;
    findings.check(
      lease.ended === null,
      "3: what has ended is not renewed back to life",
      () => `lease ${leaseId} was ${what} after it had ended (${lease.ended?.reason})`,
    );
    findings.check(
      lease.ttlsMs.some((onDiskMs) => Math.abs(onDiskMs - ttlMs) < 1),
      "2: an answered TTL is on disk",
      () => `lease ${leaseId} was answered with ${ttlMs} ms, the disk has ${lease.ttlsMs.join()}`,
    );
    const untilMs = fromMs + ttlMs;
    this.#world.trace.add("answer", `${what} ${leaseId} for ${Math.round(ttlMs)}`);
    lease.safeUntilMs = Math.max(lease.safeUntilMs ?? 0, untilMs);
  }

  #grantLanded(record: LeaseRecord): void {
    const { findings } = this.#world;
    const { leaseId, generation, ports, request } = record;
    const lease: ModelLease = {
      record,
      ttlsMs: [record.ttlMs],
      grantedAtMs: this.#world.nowMs(),
      holderKey: null,
      safeUntilMs: null,
      endAsked: this.#goneCalls.has(callOf(record)),
      revokeReasons: [],
      ended: null,
    };
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const before = this.#newestOf.get(port);
      if (before !== undefined) this.#checkNext(before, lease, port);
      this.#checkUnbound(lease, port);
      this.#newestOf.set(port, lease);
    }
    this.#checkPolicy(record);
    findings.check(record.ttlMs > 0 && generation > 0, "2: a grant makes sense", () => leaseId);
    if (request !== null) {
      const twin = this.#byRequest.get(request.key);
      findings.check(
        twin === undefined,
        "request_id: never a second grant",
        () => `lease ${leaseId} for the request that got ${twin?.record.leaseId}`,
      );
      this.#byRequest.set(request.key, lease);
    }
    this.leases.set(leaseId, lease);
    this.live.add(lease);
  }

  #checkPolicy(record: LeaseRecord): void {
    const { findings, words } = this.#world;
    const { service } = record.holder;
    let used = portCountOf(record.ports);
    for (const { record: other } of this.live) {
      if (other.holder.service === service) used += portCountOf(other.ports);
    }
    const receivedMs = this.#receivedAtMs.get(callOf(record)) ?? -Infinity;
    words.checkGrant(record, receivedMs, used, findings);
  }

  #checkNext(before: ModelLease, next: ModelLease, port: number): void {
    const { findings, pool, wallJumps } = this.#world;
    // Of many that rest some rest shorter, down to the floor.
    const quarantineMs =
      pool.quarantinePercentMax === 100 ? pool.quarantineMs : pool.quarantineFloorMs;
    const { ended } = before;
    const ids = `${before.record.leaseId} and ${next.record.leaseId}`;
    if (ended === null) {
      findings.add("1: a port is never in two live leases", `port ${port} is in ${ids}`);
      return;
    }
    findings.check(
      next.record.generation > before.record.generation,
      "generations rise per port",
      () => `port ${port} in ${ids}`,
    );
    // The broker knows that nobody got this lease (semantics.md 10), or that its holder comes back (semantics.md 8).
    if (ended.reason === "caller_gone" || returns(before, next)) return;
    // After a restart only the wall clock knows how long a port has rested.
    if (wallJumps() !== ended.wallJumps) return;
    // In true time: the wall clock, which is what is left after a restart, goes on while the host sleeps.
    const restedMs = this.#sealing.nowMs - ended.sealedAtMs;
    findings.check(
      restedMs >= quarantineMs * (1 - toleranceShare) - toleranceMs,
      "5: a port rests between two holders",
      () => `port ${port} in ${ids} rested ${restedMs.toFixed(1)} ms of ${quarantineMs}`,
    );
  }

  #checkUnbound({ record }: ModelLease, port: number): void {
    const receivedAtMs = this.#receivedAtMs.get(callOf(record));
    if (receivedAtMs === undefined) return;
    const processId = this.#world.boundSinceBefore(port, receivedAtMs);
    this.#world.findings.check(
      processId === null,
      "5: nobody is bound to a port that is granted",
      () => `process ${processId} is on port ${port} of lease ${record.leaseId}`,
    );
  }

  #endLanded({ lease: { leaseId }, reason, revocation }: EndedLeaseRecord): void {
    const { findings, brokerMs } = this.#world;
    const lease = this.leases.get(leaseId);
    if (lease === undefined || lease.ended !== null) {
      findings.add("a lease ends once", `lease ${leaseId} ended (${reason})`);
      return;
    }
    const { nowMs, brokerMs: sealedMs } = this.#sealing;
    const { safeUntilMs, endAsked } = lease;
    if (reason === "expired") {
      findings.check(
        safeUntilMs === null || endAsked || sealedMs >= safeUntilMs - toleranceMs / 2,
        "3: a lease lasts its TTL from the last answer",
        () => `lease ${leaseId} expired ${((safeUntilMs ?? 0) - sealedMs).toFixed(1)} ms early`,
      );
    } else {
      findings.check(
        endAsked || this.#world.mayEnd(lease, reason),
        "8: nothing but its holder ends a lease",
        () => `lease ${leaseId} ended (${reason}) at ${brokerMs().toFixed(1)}`,
      );
    }
    findings.check(
      reason !== "revoked" || lease.revokeReasons.includes(revocation?.reason ?? ""),
      "an operator's words stand beside the end of a lease",
      () => `lease ${leaseId} was revoked with ${revocation?.reason}`,
    );
    this.live.delete(lease);
    const wallJumps = this.#world.wallJumps();
    lease.ended = { reason, sealedAtMs: nowMs, wallJumps };
  }

  #ttlLanded(record: LeaseRecord): void {
    const lease = this.leases.get(record.leaseId);
    this.#world.findings.check(
      this.#ttlAsked.has(record.leaseId),
      "a plain renewal writes nothing",
      () => `the TTL of lease ${record.leaseId} was written and nobody changed it`,
    );
    if (lease === undefined) return;
    lease.record = record;
    lease.ttlsMs.push(record.ttlMs);
  }
}

/** The same instance again, after an end of which is known that it was its holder's own. */
function returns({ record, ended }: ModelLease, next: ModelLease): boolean {
  const { service, instance, process } = record.holder;
  const { holder } = next.record;
  const same = instance !== "" && service === holder.service && instance === holder.instance;
  const reason = ended?.reason;
  const proven = reason === "expired" && process?.proven === true;
  return same && (reason === "released" || reason === "holder_exited" || proven);
}

/** The label by which a call is found again in what became of it. */
export const callLabel = "sim-call";

export function callOf({ holder }: LeaseRecord): string {
  return holder.labels[callLabel] ?? "";
}
