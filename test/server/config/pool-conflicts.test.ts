// Values of a pool that are valid each but cannot all hold, and defaults that give way to what is written beside them.

import assert from "node:assert/strict";
import type { PoolConfig } from "#server/config/config.js";
import { load, refusal } from "../../support/config-world.js";

const file = (pool: string) => `pools:\n- {name: default, ${pool}}\n`;
const message = (pool: string) => {
  const { problems, message: text } = refusal({ file: file(pool) });
  assert.equal(problems.length, 1, text);
  return text;
};
const poolOf = (pool: string): PoolConfig => {
  const [found] = load({ file: file(pool) }).config.pools;
  return found ?? assert.fail();
};

describe("A pool whose values do not fit together", () => {
  const conflicts: readonly (readonly [pool: string, told: RegExp])[] = [
    [
      "size: 8, maxSize: 4",
      /maxSize is 4, but pools\.default\.size is 8 .*line 2\).*raise maxSize/,
    ],
    ["maxSize: 4", /maxSize is 4, but pools\.default\.size is 256 \(default\)/],
    [
      "size: 8, maxSize: 12, growBy: 5",
      /growBy is 5, but pools\.default\.maxSize is 12 .*room for 4 more ports/,
    ],
    ["size: 8, staticPorts: 9", /staticPorts is 9, but pools\.default\.size is 8/],
    [
      "pins: [{port: 20000, service: a}]",
      /pins has ports, but pools\.default\.start is (auto|any) \(default\).*give the pool a first port/,
    ],
    [
      "start: 20000, size: 8, pins: [{port: 20008, service: a}]",
      /pins\[0\]\.port is 20008, but .*start is 20000 .*ports 20000 to 20007/,
    ],
    ["start: 20000, size: 8, pins: [{port: 19999, service: a}]", /pins\[0\]\.port is 19999/],
    [
      "start: 20000, pins: [{port: 20001, service: a}, {port: 20001, service: b}]",
      /pins\[1\]\.port is 20001, and so is pools\.default\.pins\[0\]\.port: a port has one pin/,
    ],
    [
      "quarantine: 5s, quarantineFloor: 6s",
      /quarantineFloor is 6s, but pools\.default\.quarantine is 5s .*lower quarantineFloor/,
    ],
    [
      "ttl: {min: 10s, crowded: 5s}",
      /ttl\.min is 10s, but pools\.default\.ttl\.crowded is 5s .*must lie between ttl\.min and ttl\.max/,
    ],
    ["ttl: {max: 1m, crowded: 2m}", /ttl\.crowded is 2m, but pools\.default\.ttl\.max is 1m/],
  ];
  for (const [pool, told] of conflicts) {
    it(`is refused with {${pool}}`, () => assert.match(message(pool), told));
  }

  it("is told once for each pin", () => {
    const pins = "pins: [{port: 1, service: a}, {port: 2, service: a}]";
    assert.equal(refusal({ file: file(`start: 20000, size: 8, ${pins}`) }).problems.length, 2);
  });

  it("is told of what is written, not of the defaults that follow from it", () => {
    message("ttl: {default: 2m, max: 1m}");
  });
});

describe("Defaults of a pool", () => {
  it("give way to what is written beside them", () => {
    assert.equal(poolOf("maxSize: 300").growBy, 44);
    assert.equal(poolOf("maxSize: 1000").growBy, 256);
    assert.equal(poolOf("size: 20").growBy, 20);
    assert.equal(poolOf("quarantineFloor: 10s").quarantineMs, 10_000);
    assert.equal(poolOf("quarantine: 500ms").quarantineFloorMs, 500);
    assert.equal(poolOf("ttl: {crowded: 1s}").ttlMinMs, 1_000);
    assert.equal(poolOf("ttl: {max: 10s}").ttlCrowdedMs, 10_000);
    assert.equal(poolOf("start: 20000, size: 8, pins: [{port: 20000, service: a}]").staticPorts, 8);
  });
});
