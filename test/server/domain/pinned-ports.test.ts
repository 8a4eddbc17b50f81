import assert from "node:assert/strict";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import { Pool, type PoolPolicy } from "#server/domain/pool.js";
import { refusal } from "../../support/broker-error.js";
import { brokerFixture, request, testPolicy } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";
import { testBlock } from "../../support/test-block.js";

const pins = [
  { port: 20_001, service: "gateway", instance: "" },
  { port: 20_002, service: "gateway", instance: "" },
  { port: 20_004, service: "gateway", instance: "blue" },
];
const gateway = (instance = "") => ({ service: "gateway", instance, labels: {}, process: null });

function fixture(policy: Partial<PoolPolicy> = {}) {
  return brokerFixture({ policy: { size: 6, pins, quarantineMs: 0, ...policy } });
}

describe("Pinned ports", () => {
  it("are given to nobody else, though they are all that is free", async () => {
    const { broker } = await fixture();
    const others = await Promise.all([1, 2, 3].map(() => broker.acquire(request())));
    assert.deepEqual(
      others.map(({ lease }) => lease.record.ports.firstPort),
      [20_000, 20_003, 20_005],
    );
    const full = await refusal(broker.acquire(request()), "pool_full");
    assert.match(full.message, /3 free, 3 of them pinned to other services/);
    assert.equal(full.details.metadata?.["free_pinned"], "3");
    assert.equal(full.details.metadata?.["largest_free_run"], "0");
  });

  it("are no part of others' runs, picked or named", async () => {
    const { broker } = await fixture();
    await refusal(broker.acquire(request({ portCount: 2 })), "no_contiguous_run");
    const named = request({ preferredPort: 20_000, portCount: 2, portMustMatch: true });
    const pinned = await refusal(broker.acquire(named), "port_pinned");
    assert.match(pinned.message, /port 20001 .*pinned to service "gateway"/);
    assert.deepEqual(pinned.details.metadata, {
      pool: "default",
      port: "20001",
      service: "gateway",
      instance: "",
    });
  });

  it("go to their service first, one after the other, then it gets what others get", async () => {
    const { broker } = await fixture();
    const given: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { lease } = await broker.acquire(request({ holder: gateway() }));
      given.push(lease.record.ports.firstPort);
    }
    assert.deepEqual(given, [20_001, 20_002, 20_000]);
  });

  it("go to the instance that is named before those of the whole service", async () => {
    const { broker } = await fixture();
    const blue = await broker.acquire(request({ holder: gateway("blue") }));
    assert.equal(blue.lease.record.ports.firstPort, 20_004);
    const must = { preferredPort: 20_004, portMustMatch: true };
    const green = await refusal(
      broker.acquire(request({ ...must, holder: gateway("green") })),
      "port_pinned",
    );
    assert.match(green.message, /"gateway" instance "blue"/);
  });

  it("are given as a run to the service that has them all", async () => {
    const { broker } = await fixture();
    const { lease } = await broker.acquire(request({ holder: gateway(), portCount: 2 }));
    assert.deepEqual(lease.record.ports, { firstPort: 20_001, lastPort: 20_002 });
  });

  it("are another port for who only prefers them, with a word why", async () => {
    const { broker } = await fixture();
    const { lease, warnings } = await broker.acquire(request({ preferredPort: 20_001 }));
    assert.equal(lease.record.ports.firstPort, 20_000);
    assert.deepEqual(
      warnings.map(({ reason }) => reason),
      ["PREFERRED_PORT_NOT_AVAILABLE"],
    );
    assert.match(warnings[0]?.message ?? "", /port 20001 .*pinned/);
  });

  it("that another has from before they were pinned go to nobody else after it", async () => {
    const before = await fixture({ pins: [] });
    const asked = request({ preferredPort: 20_001, portMustMatch: true });
    const { lease } = await before.broker.acquire(asked);
    const after = await brokerFixture({
      policy: { size: 6, pins, quarantineMs: 0 },
      store: before.store,
    });
    await after.broker.release(lease.record.leaseId, lease.holderKey, false);
    await refusal(after.broker.acquire(asked), "port_pinned");
    const own = await after.broker.acquire(request({ holder: gateway() }));
    assert.equal(own.lease.record.ports.firstPort, 20_001);
  });
});

describe("The static ports of a pool", () => {
  const clock = new FakeClock();
  const orders = { portCount: 1, claimant: { service: "orders", instance: "" } };
  const policy = { ...testPolicy, staticPorts: 2 };
  const take = (pool: Pool, portCount = 1) =>
    pool.take({ ...orders, portCount }, leastRecentlyUsed, 0).ports.firstPort;

  it("are picked only when all others are in use, those of later blocks too", () => {
    const blocks = [testBlock(20_000, 4, clock).block, testBlock(30_000, 2, clock).block];
    const pool = new Pool(policy, blocks);
    const given = Array.from({ length: 6 }, () => take(pool));
    assert.deepEqual(given, [20_002, 20_003, 30_000, 30_001, 20_000, 20_001]);
  });

  it("go to who names them", () => {
    const pool = new Pool(policy, [testBlock(20_000, 4, clock).block]);
    assert.equal(pool.takeAt(20_001, orders).ports.firstPort, 20_001);
  });

  it("are part of a run that finds no other place", () => {
    const pool = new Pool(policy, [testBlock(20_000, 5, clock).block]);
    assert.equal(take(pool, 3), 20_002);
    pool.putBack({
      block: pool.blocks[0] ?? assert.fail(),
      ports: { firstPort: 20_002, lastPort: 20_004 },
      service: "orders",
    });
    assert.equal(take(pool, 4), 20_000);
  });

  it("are those of the block that is first when the first one is gone", () => {
    const [first, second] = [testBlock(20_000, 2, clock).block, testBlock(30_000, 4, clock).block];
    const pool = new Pool(policy, [first, second]);
    assert.equal(take(pool), 30_000);
    pool.removeBlock(first);
    assert.equal(take(pool), 30_002);
  });
});
