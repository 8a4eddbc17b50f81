// A broker of which every port is leased, and short ways to wait for one and to free one.

import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import type { Grant } from "#server/domain/broker.js";
import {
  type BrokerFixture,
  brokerFixture,
  type FixtureOptions,
  request,
  settle,
} from "./broker-fixture.js";

export const maxWaitMs = 10_000;

export function waiting(fields: Partial<AcquireRequest> = {}): AcquireRequest {
  return request({ maxWaitMs, ...fields });
}

/** A broker of which every port is leased, in order of port. */
export async function fullBroker(
  size: number,
  options: FixtureOptions = {},
): Promise<BrokerFixture & { readonly grants: readonly Grant[] }> {
  const policy = { quarantineMs: 0, ...options.policy, size, sizeMax: size };
  const fixture = await brokerFixture({ ...options, policy });
  const grants: Grant[] = [];
  for (let count = 0; count < size; count += 1)
    grants.push(await fixture.broker.acquire(request()));
  return { ...fixture, grants };
}

export async function release(
  { broker }: BrokerFixture,
  ...grants: readonly (Grant | undefined)[]
) {
  for (const grant of grants) {
    assert.ok(grant !== undefined);
    await broker.release(grant.lease.record.leaseId, grant.lease.holderKey, false);
  }
  await settle();
}

/** What became of some acquires, and in which order. */
export class Outcomes {
  readonly order: string[] = [];
  readonly ports = new Map<string, number>();

  follow(name: string, acquire: Promise<Grant>): void {
    void acquire.then(
      ({ lease }) => {
        this.order.push(name);
        this.ports.set(name, lease.record.ports.firstPort);
      },
      (error: { readonly code?: string }) => this.order.push(`${name} ${error.code ?? "failed"}`),
    );
  }
}
