import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import type { BrokerError } from "#server/domain/errors.js";
import type { BlockRecord } from "#server/domain/records.js";
import { BlockLab } from "../../support/block-lab.js";
import { refusal } from "../../support/broker-error.js";
import { request, settle } from "../../support/broker-fixture.js";

const asked = { pool: "", firstPort: 0, portCount: 4 };

describe("BlockManager: reserving another block", () => {
  it("leases from it at once, and has it again after a restart", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    const added = await manager.reserve({ ...asked, firstPort: 31_000 });
    assert.equal(added.record.origin, "operator");
    const preferred = request({ preferredPort: 31_001, portMustMatch: true });
    assert.equal((await broker.acquire(preferred)).lease.record.ports.firstPort, 31_001);
    lab.kill();
    const again = await lab.start();
    assert.deepEqual(
      again.manager.list().map(({ record }) => [record.ports.firstPort, record.draining]),
      [
        [20_000, false],
        [31_000, false],
      ],
    );
  });

  it("checks without reserving when only a plan is asked for", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    const plan = manager.plan({ ...asked, firstPort: 31_000 });
    assert.deepEqual([plan.kind, plan.firstPort, plan.portCount], ["persistent", 31_000, 4]);
    assert.equal(manager.list().length, 1);
    assert.throws(() => manager.plan({ ...asked, firstPort: 20_007 }), { code: "block_overlaps" });
    assert.throws(() => manager.plan({ ...asked, pool: "nothing" }), { code: "pool_not_found" });
    assert.throws(() => manager.plan({ ...asked, portCount: 0 }), { code: "field_invalid" });
    assert.throws(() => manager.plan({ ...asked, firstPort: 65_534 }), { code: "field_invalid" });
  });

  it("passes on the refusal of the operating system with its advice, and leaves nothing behind", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    const failure = new NativeError("PORT_TAKEN", "Port 31000 is taken by nginx. Stop it.");
    lab.host.failNext("createReservation", failure);
    await assert.rejects(manager.reserve({ ...asked, firstPort: 31_000 }), failure);
    assert.deepEqual([...(await lab.recordsOnDisk()).keys()], ["default-tcp-20000"]);
  });

  it("makes one block after the other, so that two at once do not overlap", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    const both = await Promise.allSettled([
      manager.reserve({ ...asked, firstPort: 31_000 }),
      manager.reserve({ ...asked, firstPort: 31_002 }),
    ]);
    assert.equal(both[0].status, "fulfilled");
    assert.ok(both[1].status === "rejected");
    assert.equal((both[1].reason as BrokerError).code, "block_overlaps");
  });
});

describe("BlockManager: draining", () => {
  it("stops leasing from the block, can be undone, and lasts over a restart for an added block", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    const added = await manager.reserve({ ...asked, firstPort: 31_000 });
    const { blockId } = added.record;
    const preferred = request({ preferredPort: 31_000, portMustMatch: true });
    await broker.acquire(preferred);
    await manager.drain(blockId, false);
    await refusal(broker.acquire({ ...preferred, preferredPort: 31_001 }), "port_out_of_range");
    lab.kill();
    const again = await lab.start();
    assert.equal(again.manager.list()[1]?.record.draining, true);
    await again.manager.drain(blockId, true);
    assert.equal((await lab.recordsOnDisk()).get(blockId)?.draining, false);
    const { record } = (await again.broker.acquire({ ...preferred, preferredPort: 31_001 })).lease;
    assert.equal(record.ports.firstPort, 31_001);
  });

  it("gives an empty block back, after which there is nothing to undo", async () => {
    const lab = new BlockLab();
    const { broker, manager } = await lab.start();
    lab.host.failNext("remove", new NativeError("OS_ERROR", "Busy."));
    await manager.drain("default-tcp-20000", false);
    broker.advance();
    await settle();
    await refusal(manager.drain("default-tcp-20000", true), "block_leaving");
    await refusal(manager.drain("nothing", false), "block_not_found");
  });

  it("leaves the block as it was when the store cannot write", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    lab.store.failure = "before";
    await refusal(manager.drain("default-tcp-20000", false), "store_unavailable");
    assert.equal(manager.list()[0]?.record.draining, false);
  });
});

const ambiguous: BlockRecord = {
  blockId: "default-tcp-20000",
  pool: "default",
  protocol: "tcp",
  kind: "persistent",
  ports: { firstPort: 20_000, lastPort: 20_003 },
  isolation: "shared",
  stage: "intended",
  draining: false,
  origin: "configured",
};
const reservation = {
  kind: "persistent",
  protocol: "tcp",
  firstPort: 20_000,
  portCount: 4,
} as const;

async function ambiguousLab(): Promise<BlockLab> {
  const lab = new BlockLab();
  await lab.plantRecord(ambiguous);
  lab.host.plantReservation(reservation);
  return lab;
}

describe("BlockManager: ambiguous blocks", () => {
  it("can be adopted, and are leased from then on", async () => {
    const lab = await ambiguousLab();
    const { broker, manager } = await lab.start();
    await refusal(manager.drain(ambiguous.blockId, false), "block_ambiguous");
    await manager.adopt(ambiguous.blockId);
    assert.equal((await lab.recordsOnDisk()).get(ambiguous.blockId)?.stage, "created");
    const preferred = request({ preferredPort: 20_002, portMustMatch: true });
    assert.equal((await broker.acquire(preferred)).lease.record.ports.firstPort, 20_002);
    await refusal(manager.adopt(ambiguous.blockId), "block_not_ambiguous");
    await refusal(manager.forget(ambiguous.blockId), "block_not_ambiguous");
  });

  it("can be forgotten: the reservation stays with whoever made it", async () => {
    const lab = await ambiguousLab();
    const { manager } = await lab.start();
    await manager.forget(ambiguous.blockId);
    assert.ok(!(await lab.recordsOnDisk()).has(ambiguous.blockId));
    assert.equal(await lab.host.hasReservation(reservation), true);
    assert.equal(manager.list().length, 1);
  });

  it("can be deleted: reservation and record both go", async () => {
    const lab = await ambiguousLab();
    const { manager } = await lab.start();
    assert.equal(await manager.remove(ambiguous.blockId, false), 0);
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.ok(!(await lab.recordsOnDisk()).has(ambiguous.blockId));
  });

  it("stay ambiguous when adopting them cannot be written down", async () => {
    const lab = await ambiguousLab();
    const { manager } = await lab.start();
    lab.store.failure = "before";
    await refusal(manager.adopt(ambiguous.blockId), "store_unavailable");
    assert.equal(manager.list().length, 2);
    assert.equal(await lab.host.hasReservation(reservation), true);
  });
});
