// A pool that grows while callers wait, and shrinks when they are gone: the real broker on the real operating system.

import assert from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import { fromMs, LeaseCaller } from "../support/lease-caller.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { blocksOf } from "../support/blocks-of.js";

const ttl = fromMs(600_000);

describe("A pool that grows, over real gRPC", () => {
  let broker: TestBroker;
  let caller: LeaseCaller;

  before(async () => {
    const grows = { size: 2, sizeMax: 6, growBy: 2, shrinkAfterMs: 1_000 };
    broker = await startTestBroker({ start: "auto", ...grows });
    caller = new LeaseCaller(broker.address);
  });

  after(async () => {
    caller.close();
    await broker.dispose();
  });

  const blockCount = async (): Promise<number> => (await blocksOf(caller)).length;

  it("serves who waits from the block that it grew by, and gives it back when it was idle", async () => {
    const wait = { ttl, maxWait: fromMs(8_000) };
    const leases = await Promise.all(Array.from({ length: 6 }, () => caller.acquire(wait)));
    assert.equal(new Set(leases.map(({ port }) => port)).size, 6);
    assert.equal(await blockCount(), 3);
    for (const lease of leases) await caller.release(lease);
    await eventually("the pool shrinks", async () => (await blockCount()) === 1);
    assert.equal((await caller.acquire({ ttl })).lease.pool, "default");
  });
});
