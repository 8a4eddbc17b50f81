// Pools that come, change and go while the broker runs, around leases that are alive.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { PoolReloads } from "#server/reload/pool-reloads.js";
import { BlockLab, labPool, type LabBroker } from "../../support/block-lab.js";
import { refusal } from "../../support/broker-error.js";
import { request, settle } from "../../support/broker-fixture.js";

const web = { ...labPool, name: "web", start: 31_000, size: 4, sizeMax: 4, portCountMax: 4 };
const inWeb = request({ pool: "web" });

describe("PoolReloads", () => {
  let lab: BlockLab;
  let life: LabBroker;
  let reloads: PoolReloads;

  async function start(...pools: Parameters<BlockLab["start"]>): Promise<void> {
    life = await lab.start(...pools);
    const { broker, manager: blocks, maker, autoKind } = life;
    reloads = new PoolReloads({ broker, blocks, maker, autoKind, log: lab.log });
  }

  beforeEach(async () => {
    lab = new BlockLab();
    await start();
  });

  const acquireCode = (): Promise<string> =>
    life.broker.acquire(inWeb).then(
      () => "granted",
      (error: { code: string }) => error.code,
    );
  const poolNames = (): readonly string[] => life.broker.pools.map(({ policy }) => policy.name);
  const advance = async (): Promise<void> => {
    life.broker.advance();
    await settle();
  };

  it("open a pool that grants at once, and is there after a restart", async () => {
    assert.equal(await acquireCode(), "pool_not_found");
    await reloads.open(web);
    const { lease } = await life.broker.acquire(inWeb);
    assert.equal(lease.record.ports.firstPort, 31_000);
    lab.kill();
    await start([{}, web]);
    assert.equal(life.broker.find(lease.record.leaseId).record.pool, "web");
  });

  it("tell why a pool cannot be opened, and open it the next time", async () => {
    lab.host.failNext("createReservation", new NativeError("PORT_TAKEN", "nginx has port 31000."));
    await assert.rejects(reloads.open(web), /nginx/);
    assert.deepEqual(poolNames(), ["default"]);
    assert.equal(await acquireCode(), "pool_not_found");
    await reloads.open(web);
    assert.equal(await acquireCode(), "granted");
  });

  it("refuse ports that another pool has", async () => {
    await refusal(reloads.open({ ...web, start: 20_002 }), "block_overlaps");
  });

  it("retire a pool: it grants nothing, its lease is renewed until it ends, and then it is gone", async () => {
    await reloads.open(web);
    const { lease } = await life.broker.acquire(inWeb);
    const { leaseId } = lease.record;
    await reloads.retire("web");
    assert.equal(await acquireCode(), "pool_not_found");
    await advance();
    await life.broker.renew(leaseId, lease.holderKey, null);
    await life.broker.renew(leaseId, lease.holderKey, 5_000);
    assert.deepEqual(poolNames(), ["default", "web"]);
    await life.broker.release(leaseId, lease.holderKey, false);
    await advance();
    await advance();
    assert.deepEqual(poolNames(), ["default"]);
    assert.ok(![...(await lab.recordsOnDisk()).keys()].includes("web-tcp-31000"));
  });

  it("refuse who waits in the line of a retired pool, and keep the pool until then", async () => {
    await reloads.open({ ...web, size: 1, portCountMax: 1, sizeMax: 1 });
    const { lease } = await life.broker.acquire(inWeb);
    const waiting = refusal(
      life.broker.acquire(request({ pool: "web", maxWaitMs: 60_000 })),
      "pool_not_found",
    );
    await settle();
    await reloads.retire("web");
    await waiting;
    await life.broker.release(lease.record.leaseId, lease.holderKey, false);
    await advance();
    await advance();
    assert.deepEqual(poolNames(), ["default"]);
  });

  it("bring a retired pool back in the block that it had, around its leases", async () => {
    await reloads.open(web);
    const { lease } = await life.broker.acquire(inWeb);
    await reloads.retire("web");
    await reloads.open({ ...web, ttlMaxMs: 10_000 });
    const [block] = life.broker.pools.find(({ policy }) => policy.name === "web")?.blocks ?? [];
    assert.equal(block, lease.block);
    assert.equal(block?.record.draining, false);
    const again = await life.broker.acquire(inWeb);
    assert.equal(again.lease.block, block);
    const tooLong = life.broker.renew(again.lease.record.leaseId, again.lease.holderKey, 11_000);
    await refusal(tooLong, "ttl_out_of_range");
  });

  it("bring a retired pool back with another size beside its leases", async () => {
    await reloads.open(web);
    const { lease } = await life.broker.acquire(inWeb);
    await reloads.retire("web");
    await reloads.open({ ...web, start: "auto", size: 8, sizeMax: 8 });
    const again = await life.broker.acquire(inWeb);
    assert.notEqual(again.lease.block, lease.block);
    await life.broker.renew(lease.record.leaseId, lease.holderKey, null);
    assert.equal(lease.block.record.draining, true);
  });

  it("lay what operators changed over a pool that comes back", async () => {
    await reloads.open(web);
    await life.broker.steering.setQuota("web", "svc", 0, false);
    await reloads.retire("web");
    await advance();
    await advance();
    assert.deepEqual(poolNames(), ["default"]);
    await reloads.open(web);
    const { quota } = life.broker.pools.find(({ policy }) => policy.name === "web")?.policy ?? {};
    assert.equal(quota?.services.get("svc"), 0);
  });

  it("change a pool that serves, and tell what operators set that does not fit any more", async () => {
    const values = { ttlDefaultMs: null, ttlMinMs: null, ttlMaxMs: 60_000, quarantineMs: null };
    const others = { sizeMax: null, pickPolicy: null, portCountMax: null };
    await life.broker.steering.update("", { values: { ...values, ...others }, reset: false });
    const longer = { ttlMinMs: 90_000, ttlDefaultMs: 90_000, ttlMaxMs: 90_000 };
    reloads.change({ ...labPool, ...longer, ttlCrowdedMs: 90_000 });
    assert.equal(life.broker.pools[0]?.policy.ttlMaxMs, 90_000);
    assert.ok(lab.warnings.some((line) => line.includes("does not fit its configuration")));
  });

  it("do not bring a pool back whose leased ports are bound in the other way", async () => {
    await reloads.open(web);
    await life.broker.acquire(inWeb);
    await reloads.retire("web");
    await assert.rejects(reloads.open({ ...web, bind: "plain" }), /comes back by a reload/);
  });
});
