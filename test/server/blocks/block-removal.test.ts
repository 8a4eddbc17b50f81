// A block that nobody wants any more: the reservation goes first, the record only after it, and what cannot be given back is
// shown and tried again.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { BlockLab } from "../../support/block-lab.js";
import { refusal } from "../../support/broker-error.js";
import { request, settle } from "../../support/broker-fixture.js";

const reservation = {
  kind: "persistent",
  protocol: "tcp",
  firstPort: 20_000,
  portCount: 8,
} as const;
const denied = new NativeError("ACCESS_DENIED", "Run the broker as administrator.", {
  errorName: "ERROR_ACCESS_DENIED",
  errorNumber: 5,
});

describe("a block that the configuration no longer wants", () => {
  it("is removed from the operating system at the next start, and its record after it", async () => {
    const lab = new BlockLab();
    await (await lab.start()).stop();
    assert.equal(await lab.host.hasReservation(reservation), true, "a stop keeps it");
    await lab.start([{ start: 31_000 }]);
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.deepEqual([...(await lab.recordsOnDisk()).keys()], ["default-tcp-31000"]);
  });

  it("keeps its record when it cannot be given back, is shown as such, and goes later", async () => {
    const lab = new BlockLab();
    await (await lab.start()).stop();
    lab.host.failNext("removeReservation", denied);
    const { broker, manager } = await lab.start([{ start: 31_000 }]);
    assert.ok(lab.warnings.some((message) => message.includes("could not be given back")));
    assert.ok((await lab.recordsOnDisk()).has("default-tcp-20000"));
    assert.deepEqual(
      manager.list().map(({ record }) => [record.blockId, record.draining]),
      [
        ["default-tcp-20000", true],
        ["default-tcp-31000", false],
      ],
    );
    lab.clock.advance(1_000);
    broker.advance();
    await settle();
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.deepEqual([...(await lab.recordsOnDisk()).keys()], ["default-tcp-31000"]);
  });

  it("is drained while it has leases, and removed with the last of them", async () => {
    const lab = new BlockLab();
    const first = await lab.start();
    const { lease } = await first.broker.acquire(request());
    await first.stop();
    const { broker } = await lab.start([{ start: 31_000 }]);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 31_000);
    broker.advance();
    await settle();
    assert.equal(await lab.host.hasReservation(reservation), true);
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    broker.advance();
    await settle();
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.ok(!(await lab.recordsOnDisk()).has("default-tcp-20000"));
    assert.ok(lab.events.some(({ type }) => type === "block_removed"));
  });
});

describe("removing a block", () => {
  it("refuses while there are leases, and revokes them with force", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    const { lease } = await broker.acquire(request());
    const error = await refusal(manager.remove("default-tcp-20000", false), "block_has_leases");
    assert.equal(error.details.metadata?.["leased_ports"], "1");
    assert.equal(await manager.remove("default-tcp-20000", true), 1);
    const ended = lab.events.find((event) => event.type === "lease_ended");
    assert.equal(ended?.ended.lease.leaseId, lease.record.leaseId);
    assert.equal(ended.ended.reason, "revoked");
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.equal((await lab.recordsOnDisk()).size, 0);
    await refusal(broker.acquire(request()), "pool_full");
  });

  it("passes on why the operating system refuses, keeps the record, and can be repeated", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    lab.host.failNext("remove", denied);
    await assert.rejects(manager.remove("default-tcp-20000", false), denied);
    const [block] = manager.list();
    assert.ok(block !== undefined && "detail" in block);
    assert.match(block.detail, /tried again: Run the broker as administrator/);
    assert.equal((await lab.recordsOnDisk()).get("default-tcp-20000")?.draining, true);
    assert.ok(lab.events.some(({ type }) => type === "block_not_removed"));
    assert.equal(await manager.remove("default-tcp-20000", false), 0);
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.equal((await lab.recordsOnDisk()).size, 0);
  });

  it("tries again by itself, less and less often", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    for (let count = 0; count < 4; count += 1) lab.host.failNext("remove", denied);
    await assert.rejects(manager.remove("default-tcp-20000", false));
    const waits: number[] = [];
    while (manager.list().length > 0) {
      const wait = broker.advance() ?? assert.fail("nothing is going to happen");
      waits.push(wait);
      lab.clock.advance(wait);
      broker.advance();
      await settle();
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000]);
  });

  it("keeps the record while the store cannot write, and drops it later", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    await manager.drain("default-tcp-20000", false);
    lab.store.failure = "before";
    broker.advance();
    await settle();
    assert.equal(manager.list().length, 1);
    lab.store.failure = "none";
    for (let count = 0; count < 4; count += 1) {
      lab.clock.advance(2_000);
      broker.advance();
      await settle();
    }
    assert.equal((await lab.recordsOnDisk()).size, 0);
    assert.equal(manager.list().length, 0);
  });

  it("is not done twice when only the record could not be dropped: the ports may be somebody else's by then", async () => {
    const lab = new BlockLab();
    await lab.start();
    lab.kill();
    lab.host.failNext("removeReservation", denied);
    const { broker, manager } = await lab.start([{ start: 31_000 }]);
    lab.store.failure = "before";
    lab.clock.advance(1_000);
    broker.advance();
    await settle();
    assert.equal(await lab.host.hasReservation(reservation), false);
    lab.host.plantReservation(reservation);
    lab.store.failure = "none";
    for (let count = 0; count < 4; count += 1) {
      lab.clock.advance(2_000);
      broker.advance();
      await settle();
    }
    assert.equal(manager.list().length, 1);
    assert.equal(await lab.host.hasReservation(reservation), true);
  });

  it("ends in one removal when the block goes by itself meanwhile", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    const gate = lab.store.hold();
    const removal = manager.remove("default-tcp-20000", false);
    await settle();
    broker.advance();
    await settle();
    gate.open();
    await removal;
    await settle();
    assert.equal(lab.events.filter(({ type }) => type === "block_removed").length, 1);
  });
});

describe("a drain whose commit failed", () => {
  for (const [failure, draining] of [
    ["before", false],
    ["after", true],
  ] as const) {
    it(`is what is on disk once the store works again (it failed ${failure} the write)`, async () => {
      const lab = new BlockLab();
      const { broker, manager } = await lab.start();
      const { lease } = await broker.acquire(request());
      lab.store.failure = failure;
      await Promise.allSettled([
        manager.drain("default-tcp-20000", false),
        manager.drain("default-tcp-20000", true),
        manager.drain("default-tcp-20000", false),
      ]);
      lab.store.failure = "none";
      lab.clock.advance(1_000);
      broker.advance();
      await settle();
      assert.ok(broker.find(lease.record.leaseId));
      assert.equal((await lab.recordsOnDisk()).get("default-tcp-20000")?.draining, draining);
      assert.equal(manager.list()[0]?.record.draining, draining);
    });
  }
});
