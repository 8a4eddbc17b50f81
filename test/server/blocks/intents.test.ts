// The promises of semantics.md 14: an intent is on disk before the operating system is asked, and whatever a broker that died
// in between left is found again, never used and never deleted by itself.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import type { BlockRecord } from "#server/domain/records.js";
import { request } from "../../support/broker-fixture.js";
import { BlockLab } from "../../support/block-lab.js";

const intended: BlockRecord = {
  blockId: "default-tcp-20000",
  pool: "default",
  protocol: "tcp",
  kind: "persistent",
  ports: { firstPort: 20_000, lastPort: 20_007 },
  isolation: "shared",
  stage: "intended",
  draining: false,
  origin: "configured",
};

const reservation = {
  kind: "persistent",
  protocol: "tcp",
  firstPort: 20_000,
  portCount: 8,
} as const;

describe("intents (semantics 14)", () => {
  it("are on disk before the reservation is made, and become created as soon as it is", async () => {
    const lab = new BlockLab();
    const gate = lab.store.hold();
    const starting = lab.start();
    while (lab.store.batches.length === 0) await Promise.resolve();
    const [[first]] = lab.store.batches as [[(typeof lab.store.batches)[0][0]]];
    assert.deepEqual(first?.change, { type: "block_changed", block: intended });
    assert.equal(await lab.host.hasReservation(reservation), false, "not before it is on disk");
    gate.open();
    await starting;
    assert.equal(await lab.host.hasReservation(reservation), true);
    assert.deepEqual(
      [...(await lab.recordsOnDisk()).values()],
      [{ ...intended, stage: "created" }],
    );
  });

  it("are written for the first pool before the second one is reserved", async () => {
    const lab = new BlockLab();
    await lab.start([{}, { name: "other" }]);
    const written = lab.store.batches
      .flat()
      .map(({ change }) =>
        change.type === "block_changed"
          ? `${change.block.pool} ${change.block.stage}`
          : change.type,
      );
    const expected = ["default intended", "default created", "other intended", "other created"];
    assert.deepEqual(written, expected);
  });

  it("let the broker begin at the revision that they end with", async () => {
    const lab = new BlockLab();
    const { broker } = await lab.start();
    assert.equal(broker.revision, 2);
    assert.equal((await broker.acquire(request())).lease.record.revision, 3);
  });

  it("reserve nothing when they cannot be written", async () => {
    const lab = new BlockLab();
    lab.store.failure = "before";
    await assert.rejects(lab.start(), /no space left/);
    assert.equal(await lab.host.hasReservation(reservation), false);
  });

  it("are dropped at the next start when nothing was made", async () => {
    const lab = new BlockLab();
    lab.store.failure = "after";
    await assert.rejects(lab.start());
    lab.store.failure = "none";
    const { manager } = await lab.start();
    assert.deepEqual(
      manager.list().map(({ record }) => [record.blockId, record.stage]),
      [["default-tcp-20000", "created"]],
    );
  });

  it("are not needed by kinds that end with the process", async () => {
    const lab = new BlockLab();
    await lab.start([{ kind: "runtime" }]);
    const stages = lab.store.batches
      .flat()
      .map(({ change }) => change.type === "block_changed" && change.block.stage);
    assert.deepEqual(stages, ["created"]);
  });

  it("are replaced when somebody took the run meanwhile, and nothing is left of the first", async () => {
    const lab = new BlockLab();
    const gate = lab.store.hold();
    const starting = lab.start();
    while (lab.store.batches.length === 0) await Promise.resolve();
    lab.host.plantReservation({ ...reservation, firstPort: 20_004, portCount: 1 });
    gate.open();
    await starting;
    assert.deepEqual(
      [...(await lab.recordsOnDisk()).values()].map(({ blockId, stage }) => [blockId, stage]),
      [["default-tcp-20005", "created"]],
    );
  });

  it("are dropped when the operating system refuses the block", async () => {
    const lab = new BlockLab();
    lab.host.failNext(
      "createReservation",
      new NativeError("OS_ERROR", "The kernel is out of order."),
    );
    await assert.rejects(lab.start(), /The kernel is out of order/);
    assert.equal((await lab.recordsOnDisk()).size, 0);
  });

  const remains: readonly (readonly [string, (lab: BlockLab) => void])[] = [
    ["is there all the same", (lab) => lab.host.plantReservation(reservation)],
    [
      "cannot be looked up",
      (lab) => lab.host.failNext("hasReservation", new NativeError("ACCESS_DENIED", "No.")),
    ],
  ];
  for (const [what, remain] of remains) {
    it(`stay when the reservation of a failed block ${what}`, async () => {
      const lab = new BlockLab();
      lab.host.reserveBlock = async ({ intend }) => {
        await intend({ firstPort: 20_000, portCount: 8 });
        remain(lab);
        throw new NativeError("OS_ERROR", "It could not be given back.");
      };
      await assert.rejects(lab.start(), /could not be given back/);
      assert.deepEqual([...(await lab.recordsOnDisk()).values()], [intended]);
      assert.ok(lab.warnings.some((message) => message.includes("may still be reserved")));
    });
  }
});

describe("a store that fails once the block is reserved", () => {
  async function failingCreated(lab: BlockLab): Promise<void> {
    const gate = lab.store.hold();
    const starting = lab.start();
    while (lab.store.batches.length === 0) await Promise.resolve();
    gate.open();
    while (lab.store.batches.length === 1) {
      // From the second commit on, which is the one of "created".
      if (await lab.host.hasReservation(reservation)) lab.store.failure = "before";
      await Promise.resolve();
    }
    await assert.rejects(starting);
    lab.store.failure = "none";
  }

  it("gives the block back, so that nothing leaks", async () => {
    const lab = new BlockLab();
    await failingCreated(lab);
    assert.equal(await lab.host.hasReservation(reservation), false);
    await lab.start();
    assert.deepEqual(
      [...(await lab.recordsOnDisk()).values()],
      [{ ...intended, stage: "created" }],
    );
  });

  it("leaves an ambiguous block, and says so, when it cannot even be given back", async () => {
    const lab = new BlockLab();
    lab.host.failNext("remove", new NativeError("ACCESS_DENIED", "Not now."));
    await failingCreated(lab);
    assert.ok(lab.warnings.some((message) => message.includes("could not be given back either")));
    lab.kill();
    const { manager } = await lab.start();
    assert.deepEqual(
      manager.list().map((block) => ("state" in block ? block.state : "served")),
      ["ambiguous", "served"],
    );
  });
});

describe("a block that is found at start", () => {
  it("comes back with its reservation when it was created, after a kill and after a reboot", async () => {
    const lab = new BlockLab();
    const first = await lab.start();
    const { lease } = await first.broker.acquire(request());
    for (const end of [() => lab.kill(), () => lab.host.reboot()]) {
      end();
      const { broker } = await lab.start();
      assert.equal(broker.find(lease.record.leaseId).record.ports.firstPort, 20_000);
      assert.equal(broker.blocks.served.length, 1);
    }
    assert.equal((await lab.recordsOnDisk()).size, 1);
  });

  it("is ambiguous when it was intended and is there: it grants nothing and its pool gets another", async () => {
    const lab = new BlockLab();
    await lab.plantRecord(intended);
    lab.host.plantReservation(reservation);
    const { broker, manager } = await lab.start();
    const [ambiguous, other] = manager.list();
    assert.ok(ambiguous !== undefined && "detail" in ambiguous && other !== undefined);
    assert.equal(ambiguous.state, "ambiguous");
    for (const command of ["adopt", "forget", "delete"]) {
      assert.ok(ambiguous.detail.includes(`portlease blocks ${command} default-tcp-20000`));
    }
    const { ports } = (await broker.acquire(request())).lease.record;
    assert.equal(ports.firstPort, 20_008);
    assert.equal(await lab.host.hasReservation(reservation), true, "never deleted by itself");
    assert.deepEqual((await lab.recordsOnDisk()).get(intended.blockId), intended);
  });

  it("is ambiguous when it was intended and nobody can tell whether it is there", async () => {
    const lab = new BlockLab();
    await lab.plantRecord(intended);
    lab.host.hasReservation = () => Promise.resolve(null);
    const { manager } = await lab.start();
    const states = manager.list().map((block) => ("state" in block ? block.state : "served"));
    assert.deepEqual(states.toSorted(), ["ambiguous", "served"]);
    const ids = manager.list().map(({ record }) => record.blockId);
    assert.equal(new Set(ids).size, 2, "the new block has a name of its own");
  });

  it("is ambiguous when the lookup is refused, as without elevation", async () => {
    const lab = new BlockLab();
    await lab.plantRecord(intended);
    lab.host.hasReservation = () => Promise.reject(new NativeError("ACCESS_DENIED", "Not now."));
    const { manager } = await lab.start();
    assert.ok(manager.list().some((block) => "state" in block && block.state === "ambiguous"));
  });

  it("is ambiguous when only single ports of it were made, as with isolation per-lease", async () => {
    const lab = new BlockLab();
    await lab.plantRecord({ ...intended, isolation: "per-lease" });
    lab.host.plantReservation({ ...reservation, firstPort: 20_005, portCount: 1 });
    const { manager } = await lab.start([{ start: 31_000 }]);
    assert.equal(manager.list().length, 2);
    await manager.remove(intended.blockId, false);
    const single = { ...reservation, firstPort: 20_005, portCount: 1 };
    assert.equal(await lab.host.hasReservation(single), false);
  });

  it("stops the start with its name when it cannot be brought back", async () => {
    const lab = new BlockLab();
    await (await lab.start()).stop();
    lab.host.failNext("reserveBlock", new NativeError("ACCESS_DENIED", "Run it as administrator."));
    await assert.rejects(lab.start(), {
      code: "CANNOT_RESERVE",
      message:
        "block default-tcp-20000 (persistent, ports 20000-20007) cannot be brought back: Run it as administrator.",
    });
  });

  it("does not stop the start when the pool must have its very ports, so that an operator can decide", async () => {
    const lab = new BlockLab();
    await lab.plantRecord(intended);
    lab.host.plantReservation(reservation);
    const { broker, manager } = await lab.start([{ start: 20_000 }]);
    assert.equal(broker.blocks.served.length, 0);
    assert.ok(lab.warnings.some((message) => message.includes("has no ports until")));
    await manager.adopt(intended.blockId);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_000);
  });
});
