import assert from "node:assert/strict";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import { Pool, type PortWish } from "#server/domain/pool.js";
import type { PortBlock } from "#server/domain/port-block.js";
import { refusal } from "../../support/broker-error.js";
import { testPolicy } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { testBlock } from "../../support/test-block.js";

const clock = new FakeClock();

function wish(portCount: number): PortWish {
  return { portCount, claimant: { service: "orders", instance: "" } };
}

function block(firstPort: number, portCount: number, draining: boolean): PortBlock {
  const made = testBlock(firstPort, portCount, clock).block;
  made.record = { ...made.record, draining };
  return made;
}

describe("Pool", () => {
  it("does not count what is being drained when it says why nothing can be had", async () => {
    const pool = new Pool(testPolicy, [block(20_000, 10, true), block(30_000, 2, false)]);
    pool.take(wish(2), leastRecentlyUsed, 0);
    const full = await refusal(() => pool.take(wish(2), leastRecentlyUsed, 0), "pool_full");
    assert.match(full.message, /2 of 2 leased.*0 free/);
    assert.equal(full.details.metadata?.["largest_free_run"], "0");
    assert.equal(pool.usage().total, 12);
  });

  it("refuses a preferred run that begins or ends outside of its blocks", async () => {
    const pool = new Pool(testPolicy, [block(30_000, 4, false)]);
    await refusal(() => pool.takeAt(29_999, wish(2)), "port_out_of_range");
    await refusal(() => pool.takeAt(30_003, wish(2)), "port_out_of_range");
    await refusal(() => pool.takeAt(65_535, wish(2)), "port_out_of_range");
    assert.deepEqual(pool.takeAt(30_002, wish(2)).ports, { firstPort: 30_002, lastPort: 30_003 });
  });
});
