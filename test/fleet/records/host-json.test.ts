// What a host's record must be to be understood, beyond what all records have in common.

import assert from "node:assert/strict";
import { readHost } from "#fleet/records/host-json.js";

const pool = {
  name: "default",
  protocol: "tcp",
  kind: "held",
  usage: { total: 10, free: 4, leased: 3, quarantined: 2, unavailable: 1, largestFreeRun: 4 },
  waitingRequests: 0,
};
const problem = {
  severity: "critical",
  reason: "POOL_FULL",
  message: "no port is left",
  remedy: "portlease blocks add",
  pool: "default",
  blockId: "",
  port: 0,
  leaseId: "",
};
const valid = {
  v: 1,
  hostName: "web-1",
  brokerId: "5f3a",
  address: "web-1.example",
  version: "0.1.0",
  platform: "linux",
  brokerAddresses: ["0.0.0.0:7600"],
  dashboardUrl: "https://web-1.example:7601/",
  labels: { rack: "a" },
  started: "2026-11-26T05:00:00.000Z",
  said: "2026-11-26T05:50:00.123Z",
  serving: "serving",
  pools: [pool],
  problems: [problem],
  grants: { firstMinute: "2026-11-26T05:00:00.000Z", counts: [1, 2, 3] },
};

describe("a host's record", () => {
  it("is understood", () => {
    const result = readHost(Buffer.from(JSON.stringify(valid)));
    assert.ok("record" in result, JSON.stringify(result));
    assert.deepEqual(result.record.pools, [pool]);
    assert.deepEqual(result.record.problems, [problem]);
    assert.equal(result.record.saidWallMs, Date.parse(valid.said));
  });

  for (const [change, why] of [
    [{ dashboardUrl: "javascript:alert(1)" }, /^its dashboardUrl is "javascript:alert\(1\)"/],
    [{ dashboardUrl: "http://a\n" }, /^its dashboardUrl is/],
    [{ brokerAddresses: [7] }, /^an entry of its brokerAddresses is 7, and they are texts/],
    [{ brokerAddresses: Array.from({ length: 17 }, () => "a") }, /brokerAddresses has 17 entries/],
    [{ serving: "gone" }, /^its serving is "gone", and it is one of/],
    [{ pools: [7] }, /^an entry of its pools is 7, and they are objects$/],
    [{ pools: [{ ...pool, kind: "kept" }] }, /^its kind is "kept"/],
    [
      { pools: [{ ...pool, usage: { ...pool.usage, free: 5 } }] },
      /^the usage of a pool of it has 10 ports in total, and its parts are 5 \+ 3 \+ 2 \+ 1$/,
    ],
    [{ problems: [{ ...problem, reason: "<b>" }] }, /^its reason is "<b>", and it is a word in/],
    [{ problems: Array.from({ length: 101 }, () => problem) }, /^its problems has 101 entries/],
    [{ grants: { ...valid.grants, counts: [-1] } }, /^an entry of its counts is -1/],
    [
      { grants: { ...valid.grants, firstMinute: valid.said } },
      /^its firstMinute is .* full minute/,
    ],
  ] as const) {
    it(`is refused, as ${why.source.slice(0, 60)}`, () => {
      const result = readHost(Buffer.from(JSON.stringify({ ...valid, ...change })));
      assert.ok("why" in result);
      assert.match(result.why, why);
    });
  }
});
