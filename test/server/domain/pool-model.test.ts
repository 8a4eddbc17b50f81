// Pools of every policy against the naive model: the same operations in the same order must give the same answers and leave the
// same states behind.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { PickPolicyName, PoolPolicy } from "#server/domain/pool.js";
import { testPolicy } from "../../support/broker-fixture.js";
import { firstPort, PoolBesideModel } from "../../support/pool-beside-model.js";
import { claimant, operation } from "../../support/pool-operations.js";

/** On average half of the longest. */
const operationsMax = 240;
const runs = 150;
const operationsAtLeast = 10_000;

const setup = fc.record({
  blockSizes: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 3 }),
  staticPorts: fc.nat({ max: 4 }),
  pins: fc.uniqueArray(fc.tuple(fc.nat({ max: 9 }), claimant), {
    maxLength: 3,
    selector: ([offset]) => offset,
  }),
  perService: fc.constantFrom(null, null, 6),
  ordersQuota: fc.constantFrom(null, 4),
  quarantineMs: fc.constantFrom(5_000, 5_000, 0),
  quarantineShareMax: fc.constantFrom(0.1, 0.3, 1),
  quarantineFloorMs: fc.constantFrom(0, 1_000),
});
type Setup = typeof setup extends fc.Arbitrary<infer Value> ? Value : never;

function policyOf(pickPolicy: PickPolicyName, given: Setup): PoolPolicy {
  const { staticPorts, quarantineMs, quarantineShareMax } = given;
  const services = given.ordersQuota === null ? [] : ([["orders", given.ordersQuota]] as const);
  return {
    ...testPolicy,
    pickPolicy,
    staticPorts,
    pins: given.pins.map(([offset, whose]) => ({ port: firstPort + offset, ...whose })),
    quota: { perService: given.perService, services: new Map(services) },
    quarantineMs,
    quarantineShareMax,
    quarantineFloorMs: Math.min(quarantineMs, given.quarantineFloorMs),
  };
}

describe("Pool against a naive model", () => {
  const names: readonly PickPolicyName[] = ["least-recently-used", "compact", "random"];
  for (const name of names) {
    it(`picks ${name} and counts as the model does over ${operationsAtLeast} operations`, () => {
      let done = 0;
      const operations = fc.array(operation, {
        minLength: 1,
        maxLength: operationsMax,
        size: "max",
      });
      fc.assert(
        fc.property(setup, operations, (given, steps) => {
          const both = new PoolBesideModel(policyOf(name, given), given.blockSizes);
          for (const step of steps) both.run(step);
          done += steps.length;
        }),
        { numRuns: runs },
      );
      assert.ok(done >= operationsAtLeast, `${done} operations`);
    }).timeout(120_000);
  }
});
