// Pools that grow and shrink by themselves, on an imaginary host: when, how far, what a failure does, and a restart.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import type { PoolConfig } from "#server/config/config.js";
import type { Grant } from "#server/domain/broker.js";
import { BlockLab, type LabBroker } from "../../support/block-lab.js";
import { refusal } from "../../support/broker-error.js";
import { request, settle } from "../../support/broker-fixture.js";

const growing: Partial<PoolConfig> = {
  size: 8,
  sizeMax: 20,
  growBy: 8,
  shrinkAfterMs: 60_000,
  ttlMaxMs: 3_600_000,
  ttlDefaultMs: 3_600_000,
};

/** Everything that is due now. */
async function tick({ broker, grower }: LabBroker): Promise<void> {
  broker.advance();
  grower.advance();
  await grower.settled();
  await settle();
  broker.advance();
  await settle();
}

async function acquire({ broker }: LabBroker, count: number): Promise<readonly Grant[]> {
  return Promise.all(Array.from({ length: count }, () => broker.acquire(request())));
}

async function release({ broker }: LabBroker, grants: readonly Grant[]): Promise<void> {
  for (const { lease } of grants) {
    await broker.release(lease.record.leaseId, lease.holderKey, false);
  }
}

/** Every other of the first eight ports is free. */
async function leaveGaps(lab: BlockLab, life: LabBroker): Promise<void> {
  const grants = await acquire(life, 8);
  const everyOther = grants.filter((_, index) => index % 2 === 0);
  await release(life, everyOther);
  lab.clock.advance(5_000);
  life.broker.advance();
}

function sizes({ broker }: LabBroker): readonly number[] {
  return broker.blocks.served.map(
    ({ record }) => record.ports.lastPort - record.ports.firstPort + 1,
  );
}

function origins(lab: BlockLab): Promise<readonly string[]> {
  return lab.recordsOnDisk().then((records) => [...records.values()].map(({ origin }) => origin));
}

describe("A pool that grows", () => {
  it("gets one more block when it is nearly full, up to its limit", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await acquire(life, 7);
    await tick(life);
    assert.deepEqual(sizes(life), [8], "one of eight is free");
    await acquire(life, 1);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8]);
    assert.deepEqual(await origins(lab), ["configured", "growth"]);
    await acquire(life, 8);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8, 4], "no more than 20");
    await acquire(life, 4);
    await tick(life);
    await refusal(life.broker.acquire(request()), "pool_full");
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8, 4]);
  });

  it("grows for who waits when it may become larger, and shrinks again when it may not", async () => {
    const lab = new BlockLab();
    const life = await lab.start([{ ...growing, sizeMax: 8 }]);
    const [first, ...others] = await acquire(life, 8);
    const waiting = life.broker.acquire(request({ maxWaitMs: 10_000 }));
    await tick(life);
    assert.deepEqual(sizes(life), [8]);
    const { policy } = life.broker.pools[0] ?? {};
    assert.ok(policy !== undefined && first !== undefined);
    life.broker.policies.change({ ...policy, sizeMax: 16 });
    await tick(life);
    assert.equal((await waiting).lease.block.record.origin, "growth");
    life.broker.policies.change({ ...policy, sizeMax: 8 });
    await release(life, [first, ...others, await waiting]);
    lab.clock.advance(5_000);
    await tick(life);
    lab.clock.advance(growing.shrinkAfterMs ?? 0);
    await tick(life);
    assert.deepEqual(sizes(life), [8]);
  });

  it("does not grow unless told", async () => {
    const lab = new BlockLab();
    const life = await lab.start([{ ...growing, sizeMax: 8 }]);
    await acquire(life, 8);
    await refusal(life.broker.acquire(request()), "pool_full");
    await tick(life);
    assert.deepEqual(sizes(life), [8]);
  });

  it("grows for a run that it has no room for, and serves who waits for it", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await leaveGaps(lab, life);
    const run = life.broker.acquire(request({ portCount: 4, maxWaitMs: 10_000 }));
    await settle();
    assert.equal(life.broker.waiterCount, 1);
    life.grower.advance();
    // Nobody looks at the line but for the block that came.
    assert.equal((await run).lease.block, life.broker.blocks.served[1]);
    assert.deepEqual(sizes(life), [8, 8]);
  });

  it("grows again while some still wait", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await leaveGaps(lab, life);
    const runs = Array.from({ length: 3 }, () =>
      life.broker.acquire(request({ portCount: 4, maxWaitMs: 10_000 })),
    );
    await settle();
    life.grower.advance();
    await life.grower.settled();
    await settle();
    assert.equal(life.broker.waiterCount, 1, "the new block has room for two");
    life.grower.advance();
    assert.equal((await Promise.all(runs)).length, 3);
  });

  it("waits after a failure, longer each time, and says so", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await leaveGaps(lab, life);
    // Asks once and does not wait: that it found nothing is not forgotten with the first failure.
    await refusal(life.broker.acquire(request({ portCount: 4 })), "no_contiguous_run");
    const failure = new NativeError("NO_FREE_RANGE", "There is no free run of 8 ports.");
    for (const retryInMs of [1_000, 2_000, 4_000]) {
      lab.host.failNext("createReservation", failure);
      await tick(life);
      assert.deepEqual(lab.events.at(-1), {
        type: "pool_not_grown",
        pool: "default",
        portCount: 8,
        reason: failure.message,
        retryInMs,
      });
      lab.clock.advance(retryInMs - 1);
      await tick(life);
      assert.deepEqual(sizes(life), [8], "it does not try before");
      lab.clock.advance(1);
    }
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8]);
    assert.deepEqual(await origins(lab), ["configured", "growth"]);
  });

  it("makes one block at a time, and none while the store cannot write", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await acquire(life, 8);
    lab.store.failure = "before";
    await assert.rejects(life.broker.acquire(request({ pool: "" })));
    life.grower.advance();
    life.grower.advance();
    await life.grower.settled();
    assert.deepEqual(sizes(life), [8]);
    lab.store.failure = "none";
    for (let count = 0; count < 3; count += 1) {
      lab.clock.advance(1_000);
      await tick(life);
    }
    assert.deepEqual(sizes(life), [8, 8]);
  });
});

describe("A pool that shrinks", () => {
  it("gives back a block that it grew by when nothing was leased from it for long enough", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    const first = await acquire(life, 8);
    await tick(life);
    const [late] = await acquire(life, 1);
    assert.ok(late !== undefined);
    lab.clock.advance(100_000);
    await tick(life);
    await release(life, [...first, late]);
    await tick(life);
    lab.clock.advance(59_999);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8]);
    lab.clock.advance(1);
    await tick(life);
    assert.deepEqual(sizes(life), [8]);
    assert.deepEqual(await origins(lab), ["configured"]);
    await tick(life);
    assert.deepEqual(sizes(life), [8]);
  });

  it("counts a lease that came and went between two looks", async () => {
    const lab = new BlockLab();
    const life = await lab.start([{ ...growing, quarantineMs: 0 }]);
    const first = await acquire(life, 8);
    await tick(life);
    lab.clock.advance(59_000);
    await release(life, await acquire(life, 1));
    await release(life, first);
    lab.clock.advance(1_000);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8]);
    lab.clock.advance(59_000);
    await tick(life);
    assert.deepEqual(sizes(life), [8]);
  });

  it("keeps a block whose ports rest, that would be missed, or that an operator added", async () => {
    const lab = new BlockLab();
    const life = await lab.start([{ ...growing, quarantineMs: 100_000, shrinkAfterMs: 1_000 }]);
    const first = await acquire(life, 8);
    await tick(life);
    await life.manager.reserve({ pool: "", firstPort: 31_000, portCount: 4 });
    const late = await acquire(life, 1);
    await release(life, late);
    await tick(life);
    lab.clock.advance(99_000);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8, 4], "its port rests");
    lab.clock.advance(2_000);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 4], "the four of the operator are room enough");
    await release(life, first);
    lab.clock.advance(500_000);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 4], "an operator's block stays, however idle");
  });

  it("keeps a block without which it would be nearly full", async () => {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await acquire(life, 8);
    await tick(life);
    lab.clock.advance(500_000);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8]);
  });
});

describe("A pool that grew, after a restart", () => {
  async function grownLab(): Promise<BlockLab> {
    const lab = new BlockLab();
    const life = await lab.start([growing]);
    await acquire(life, 8);
    await tick(life);
    await acquire(life, 8);
    await tick(life);
    assert.deepEqual(sizes(life), [8, 8, 4]);
    lab.kill();
    return lab;
  }

  it("has its blocks again, those with leases first, as far as it may be so large", async () => {
    const lab = await grownLab();
    assert.deepEqual(sizes(await lab.start([growing])), [8, 8, 4]);
    lab.kill();
    const life = await lab.start([{ ...growing, sizeMax: 16 }]);
    assert.deepEqual(sizes(life), [8, 8]);
    assert.deepEqual(
      life.broker.blocks.served.map(({ record, leasedCount }) => [record.draining, leasedCount]),
      [
        [false, 8],
        [false, 8],
      ],
    );
  });

  it("drains what it may not have any more, and brings its leases back", async () => {
    const lab = await grownLab();
    const life = await lab.start([{ ...growing, sizeMax: 8 }]);
    assert.deepEqual(
      life.broker.blocks.served.map(({ record }) => [record.origin, record.draining]),
      [
        ["configured", false],
        ["growth", true],
      ],
    );
    assert.equal(life.broker.leaseCount, 16);
  });

  it("never takes a block that it grew by for the one that the configuration asks for", async () => {
    const lab = await grownLab();
    const life = await lab.start([{ ...growing, start: "auto" }]);
    const configured = life.broker.blocks.served.filter(
      ({ record }) => record.origin === "configured" && !record.draining,
    );
    assert.equal(configured.length, 1);
  });
});
