// What the callers of a broker were told, over all of its lives, and what must hold of it: the test's own view of the
// promises, which knows nothing of the broker's memory or disk. A broken promise is kept in `violations`.

import assert from "node:assert/strict";
import type {
  AcquireLeaseRequest,
  DeepPartial,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Acquired } from "../../support/lease-caller.js";

/** One fault breaks a promise many times over. */
const shownMax = 10;

export type AcquireFields = DeepPartial<AcquireLeaseRequest>;

export interface KnownLease {
  readonly leaseId: string;
  readonly holderKey: string;
  readonly port: number;
  readonly portCount: number;
  readonly generation: bigint;
  ttlMs: number;
  /** A TTL that was asked for on renewal, without an answer; `null` when there is none. */
  ttlAskedMs: number | null;
  /** What was asked; with a request_id it can be asked again. */
  readonly fields: AcquireFields;
  /** Nobody else may be told that they have the port before this moment (performance.now), unless it was released. */
  safeUntilMs: number;
  /**
   * "release-asked": without an answer, so it may have ended or not. "released": for certain and for ever.
   * "expired": its holder was told so; until that is on disk a restart gives the lease its TTL once more.
   */
  state: "held" | "release-asked" | "released" | "expired";
}

/** Acquires without an answer that can be asked again, because they have a request_id. */
export class UnansweredRequests {
  readonly #requests: AcquireFields[] = [];

  /** No-op for a request without an id: nobody will ever know what became of it. */
  add(fields: AcquireFields): void {
    if (fields.requestId) this.#requests.push(fields);
  }

  /** `null` when there is none. */
  take(): AcquireFields | null {
    return this.#requests.shift() ?? null;
  }
}

export class LeaseHistory {
  readonly violations: string[] = [];
  readonly #byId = new Map<string, KnownLease>();
  readonly #lastOnPort = new Map<number, KnownLease>();
  readonly #byRequestId = new Map<string, KnownLease>();
  readonly unanswered = new UnansweredRequests();
  /** How many answers there were. */
  answers = 0;

  get leases(): readonly KnownLease[] {
    return [...this.#byId.values()];
  }

  held(): readonly KnownLease[] {
    return this.leases.filter(({ state }) => state === "held");
  }

  /** A lease was granted, or told again. `sentMs` is when it was asked for. */
  acknowledged(fields: AcquireFields, answer: Acquired, sentMs: number): KnownLease {
    const nowMs = performance.now();
    this.answers += 1;
    const safeUntilMs = sentMs + answer.waitMs + answer.ttlMs;
    const known = this.#byId.get(answer.leaseId);
    if (known !== undefined) {
      this.#checkSame(known, answer);
      known.safeUntilMs = Math.max(known.safeUntilMs, sentMs + answer.ttlMs);
      return known;
    }
    const lease: KnownLease = {
      leaseId: answer.leaseId,
      holderKey: answer.holderKey,
      port: answer.port,
      portCount: answer.portCount,
      generation: answer.generation,
      ttlMs: answer.ttlMs,
      ttlAskedMs: null,
      fields,
      safeUntilMs,
      state: "held",
    };
    this.#checkNew(lease, nowMs);
    this.#byId.set(lease.leaseId, lease);
    for (const port of portsOf(lease)) this.#lastOnPort.set(port, lease);
    if (fields.requestId) this.#byRequestId.set(fields.requestId, lease);
    return lease;
  }

  renewed(lease: KnownLease, sentMs: number): void {
    this.answers += 1;
    lease.safeUntilMs = Math.max(lease.safeUntilMs, sentMs + lease.ttlMs);
  }

  /** A changed TTL was acknowledged: from now on every life of the broker must know it. */
  ttlChanged(lease: KnownLease, ttlMs: number, sentMs: number): void {
    lease.ttlMs = ttlMs;
    lease.ttlAskedMs = null;
    this.renewed(lease, sentMs);
  }

  /** The broker says that a lease is no more, though its holder did not release it: only right when it ran out. */
  saidToBeGone(lease: KnownLease, how: string): void {
    this.answers += 1;
    if (performance.now() < lease.safeUntilMs) {
      this.violations.push(`${describe(lease)} is gone (${how}) before its time`);
    }
    lease.state = "expired";
  }

  released(lease: KnownLease): void {
    this.answers += 1;
    lease.state = "released";
  }

  /** The broker has the lease, or says so. Never right once it was released, or once somebody else had its ports. */
  seenLive(lease: KnownLease, how: string): void {
    const succeeded = portsOf(lease).some((port) => this.#lastOnPort.get(port) !== lease);
    if (lease.state === "released" || succeeded) {
      this.violations.push(`${describe(lease)} is live (${how}) after its end (${lease.state})`);
    }
  }

  /** Fails the test when a promise was broken; `when` says where it was noticed. */
  assertKept(when: string): void {
    assert.deepEqual(this.violations.slice(0, shownMax), [], when);
  }

  #checkSame(known: KnownLease, answer: Acquired): void {
    const same =
      known.port === answer.port &&
      known.portCount === answer.portCount &&
      known.generation === answer.generation &&
      known.holderKey === answer.holderKey;
    if (!same) {
      this.violations.push(`${describe(known)} came back as port ${answer.port} or another key`);
    }
    this.seenLive(known, "told again");
  }

  #checkNew(lease: KnownLease, nowMs: number): void {
    for (const port of portsOf(lease)) {
      const last = this.#lastOnPort.get(port);
      if (last === undefined) continue;
      if (last.state === "held" && nowMs < last.safeUntilMs) {
        this.violations.push(`port ${port}: ${describe(lease)} granted during ${describe(last)}`);
      }
      if (lease.generation <= last.generation) {
        this.violations.push(
          `port ${port}: generation fell, ${describe(lease)} after ${describe(last)}`,
        );
      }
    }
    const { requestId } = lease.fields;
    const twin = requestId ? this.#byRequestId.get(requestId) : undefined;
    if (twin !== undefined) {
      this.violations.push(`one request_id got both ${describe(twin)} and ${describe(lease)}`);
    }
  }
}

export function portsOf(run: { readonly port: number; readonly portCount: number }): number[] {
  return Array.from({ length: run.portCount }, (_, index) => run.port + index);
}

export function describe({ leaseId, port, portCount, generation }: KnownLease): string {
  return `lease ${leaseId} (port ${port}+${portCount - 1}, generation ${generation})`;
}
