// What operators do with the pools of a running broker: change their policies, pin ports, set quotas; and what they see of it.
// Everything is checked before anything is written, and answered when it is on disk.

import { checkName } from "./acquire-request.js";
import type { LeaseBook } from "./lease-book.js";
import { isFor } from "./pins.js";
import {
  emptyAdjustment,
  withoutPin,
  withoutPort,
  withoutQuota,
  withPin,
  withQuota,
} from "./pool-adjustment.js";
import { type PinView, pinsOf, type QuotaView, quotaOf, quotasOf } from "./pool-listing.js";
import type { AdjustmentEdit, PoolPolicies } from "./pool-policies.js";
import type { Pool, PoolPolicy } from "./pool.js";
import { containsPort } from "./port-range.js";
import type { AdjustedPolicy, Pin } from "./records.js";
import { poolNotFound } from "./refusals.js";
import {
  checkAdjustmentSize,
  checkedPolicy,
  checkPort,
  checkQuota,
  portNotInPool,
} from "./steering-checks.js";

export interface PolicyRequest {
  readonly values: AdjustedPolicy;
  /** Forgets the values that were set before. */
  readonly reset: boolean;
}

/** A pool "" is "default" everywhere. */
export class PoolSteering {
  readonly #book: LeaseBook;
  readonly #policies: PoolPolicies;

  constructor(book: LeaseBook, policies: PoolPolicies) {
    this.#book = book;
    this.#policies = policies;
  }

  /**
   * Changes a pool's policy; resolves with the pool. `reset` alone, for a pool that is gone or retired, drops all that operators
   * changed of it: then it resolves with the retired pool, or with `null`. Rejects with pool_not_found, field_invalid and
   * store_unavailable.
   */
  async update(pool: string, request: PolicyRequest): Promise<Pool | null> {
    const name = nameOf(pool);
    if (this.#isLeft(name, request)) {
      await this.#policies.adjust(name, () => emptyAdjustment(name));
      return this.#book.pools.get(name) ?? null;
    }
    const found = this.#poolNamed(name);
    await this.#policies.adjust(name, editPolicy(found, request));
    return found;
  }

  /** What `update` would make of the pool. Throws what it rejects with. */
  planUpdate(
    name: string,
    request: PolicyRequest,
  ): { readonly pool: Pool; readonly policy: PoolPolicy } {
    const pool = this.#poolNamed(nameOf(name));
    return { pool, policy: this.#policies.plan(pool.configured, editPolicy(pool, request)) };
  }

  /** Keeps a port for a service; resolves with whether another one has it now, which keeps it until its lease ends. */
  async pin(pool: string, pin: Pin): Promise<boolean> {
    const found = this.#poolNamed(nameOf(pool));
    const { name } = found.policy;
    checkPort(pin.port);
    checkName("service", pin.service);
    checkName("instance", pin.instance, true);
    const ranges = found.blocks.map(({ record }) => record.ports);
    if (!ranges.some((ports) => containsPort(ports, pin.port))) {
      throw portNotInPool(name, pin.port, ranges);
    }
    await this.#policies.adjust(name, (before) => checkAdjustmentSize(withPin(before, pin)));
    return this.#isLeasedToAnother(name, pin);
  }

  /** Ends the pins of a port, the configuration's too; or with `reset` forgets what operators said of it. */
  async unpin(pool: string, port: number, reset: boolean): Promise<void> {
    const found = this.#poolNamed(nameOf(pool));
    checkPort(port);
    await this.#policies.adjust(found.policy.name, (before) => {
      if (reset) return withoutPort(before, port);
      const configured = found.configured.pins.some((pin) => pin.port === port);
      return checkAdjustmentSize(withoutPin(before, port, configured));
    });
  }

  /** `portsMax` `null`: the service has no limit, whatever else is said; `reset`: what operators said of it is forgotten. */
  async setQuota(
    pool: string,
    service: string,
    portsMax: number | null,
    reset: boolean,
  ): Promise<QuotaView> {
    const found = this.#poolNamed(nameOf(pool));
    checkName("service", service);
    if (portsMax !== null) checkQuota(portsMax);
    const { name } = found.policy;
    const edit: AdjustmentEdit = (before) =>
      reset
        ? withoutQuota(before, service)
        : checkAdjustmentSize(withQuota(before, { service, portsMax }));
    await this.#policies.adjust(name, edit);
    return quotaOf(found, this.#policies.adjustmentOf(name), service);
  }

  /** By pool and port. */
  pins(): readonly PinView[] {
    return this.#serving().flatMap((pool) =>
      pinsOf(pool, this.#policies.adjustmentOf(pool.policy.name)),
    );
  }

  /** By pool and service. */
  quotas(): readonly QuotaView[] {
    return this.#serving().flatMap((pool) =>
      quotasOf(pool, this.#policies.adjustmentOf(pool.policy.name)),
    );
  }

  #serving(): readonly Pool[] {
    return [...this.#book.pools.values()].filter(({ policy }) => !policy.retired);
  }

  #poolNamed(name: string): Pool {
    const serving = this.#serving();
    const pool = serving.find(({ policy }) => policy.name === name);
    if (pool !== undefined) return pool;
    throw poolNotFound(
      name,
      serving.map(({ policy }) => policy.name),
    );
  }

  /** Whether nothing but what operators changed of the pool is left, and that is to go. */
  #isLeft(name: string, { reset, values }: PolicyRequest): boolean {
    const nothingElse = Object.values(values).every((value) => value === null);
    const serves = this.#serving().some(({ policy }) => policy.name === name);
    return reset && nothingElse && !serves && this.#policies.isAdjusted(name);
  }

  #isLeasedToAnother(pool: string, pin: Pin): boolean {
    for (const { record } of this.#book.leases.all()) {
      if (record.pool !== pool || !containsPort(record.ports, pin.port)) continue;
      return !isFor(pin, record.holder);
    }
    return false;
  }
}

function nameOf(pool: string): string {
  return pool === "" ? "default" : pool;
}

function editPolicy(pool: Pool, { values, reset }: PolicyRequest): AdjustmentEdit {
  return (before) => checkedPolicy(pool.configured, before, values, reset);
}
