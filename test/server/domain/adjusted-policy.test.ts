// What operators changed over the configuration: what counts of both, and what is left out because it does not fit any more.

import assert from "node:assert/strict";
import { adjustedPolicy } from "#server/domain/adjusted-policy.js";
import { emptyAdjustment } from "#server/domain/pool-adjustment.js";
import type { PoolPolicy } from "#server/domain/pool.js";
import type { AdjustedPolicy, PoolAdjustment } from "#server/domain/records.js";
import { testPolicy } from "../../support/broker-fixture.js";

const nothing = emptyAdjustment("default");

function adjusted(
  fields: Partial<Omit<PoolAdjustment, "policy">> & { readonly policy?: Partial<AdjustedPolicy> },
  configured: Partial<PoolPolicy> = {},
) {
  const policy = { ...nothing.policy, ...fields.policy };
  return adjustedPolicy({ ...testPolicy, ...configured }, { ...nothing, ...fields, policy });
}

describe("A policy with what operators changed", () => {
  it("is the configuration's where they said nothing", () => {
    assert.deepEqual(adjusted({}), { policy: testPolicy, misfits: [] });
    assert.deepEqual(adjustedPolicy(testPolicy, undefined), { policy: testPolicy, misfits: [] });
  });

  it("has their values, and the configuration's for the others", () => {
    const { policy, misfits } = adjusted({
      policy: { ttlMaxMs: 60_000, sizeMax: 16, pickPolicy: "compact", portCountMax: 2 },
    });
    const expected = { ttlMaxMs: 60_000, sizeMax: 16, pickPolicy: "compact", portCountMax: 2 };
    assert.deepEqual(policy, { ...testPolicy, ...expected });
    assert.deepEqual(misfits, []);
  });

  it("keeps the TTL of a crowded pool between the bounds", () => {
    const { policy } = adjusted({ policy: { ttlDefaultMs: 10_000, ttlMaxMs: 20_000 } });
    assert.equal(policy.ttlCrowdedMs, 20_000);
  });

  it("cuts no rest that is shorter than the floor", () => {
    const { policy } = adjusted({ policy: { quarantineMs: 500 } }, { quarantineFloorMs: 1_000 });
    assert.deepEqual([policy.quarantineMs, policy.quarantineFloorMs], [500, 500]);
  });

  it("leaves the TTLs out, all of them, when they do not rise any more, and the others count", () => {
    const policy = { ttlMinMs: 1_000, ttlMaxMs: 20_000, quarantineMs: 1 };
    const found = adjusted({ policy });
    assert.equal(found.policy.ttlMinMs, testPolicy.ttlMinMs);
    assert.equal(found.policy.ttlMaxMs, testPolicy.ttlMaxMs);
    assert.equal(found.policy.quarantineMs, 1);
    assert.match(found.misfits[0]?.message ?? "", /1 s, 30 s and 20 s, which do not rise/);
    assert.equal(found.misfits.length, 1);
  });

  it("leaves a size out that is below the configured one, and a run that is longer than the pool", () => {
    const found = adjusted({ policy: { sizeMax: 7, portCountMax: 9 } });
    assert.deepEqual(found.policy, testPolicy);
    assert.deepEqual(
      found.misfits.map(({ fields }) => fields),
      [["sizeMax"], ["portCountMax"]],
    );
  });

  it("has the operators' pin of a port instead of the configured one, and none where they ended it", () => {
    const pin = (port: number, service: string) => ({ port, service, instance: "" });
    const { policy } = adjusted(
      { pins: [pin(20_001, "orders")], unpinned: [20_002] },
      { pins: [pin(20_000, "a"), pin(20_001, "a"), pin(20_002, "a")] },
    );
    assert.deepEqual(policy.pins, [pin(20_000, "a"), pin(20_001, "orders")]);
  });

  it("has the operators' quotas instead of the configured ones, no limit among them", () => {
    const { policy } = adjusted(
      {
        quotas: [
          { service: "*", portsMax: 5 },
          { service: "build", portsMax: null },
        ],
      },
      {
        quota: {
          perService: 3,
          services: new Map([
            ["build", 1],
            ["orders", 2],
          ]),
        },
      },
    );
    assert.equal(policy.quota.perService, 5);
    assert.deepEqual(
      [...policy.quota.services],
      [
        ["build", null],
        ["orders", 2],
      ],
    );
  });

  it("is that of a retired pool, whatever they said", () => {
    const retired = { ...testPolicy, retired: true };
    const quotas = [{ service: "*", portsMax: 5 }];
    assert.equal(adjustedPolicy(retired, { ...nothing, quotas }).policy, retired);
  });
});
