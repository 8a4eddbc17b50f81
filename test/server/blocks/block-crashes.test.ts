// The broker's process ends at each point at which it waits for disk or operating system, in turn: afterwards every reservation
// that outlived it is shown by the next life, and no port is in two blocks (semantics.md 14).

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ReservedBlock } from "@portlease/native";
import type { PoolConfig } from "#server/config/config.js";
import type { Grant } from "#server/domain/broker.js";
import { sharedPorts, transportsOf } from "#server/domain/shared-ports.js";
import { BlockLab } from "../../support/block-lab.js";
import { request } from "../../support/broker-fixture.js";

const growing = { size: 8, sizeMax: 16, growBy: 8, shrinkAfterMs: 1_000 };

const pointsMax = 150;
/** Far more turns than a scenario has waits. */
const turnsMax = 200;

type Scenario = (lab: BlockLab, pool: Partial<PoolConfig>) => Promise<unknown>;

const scenarios: Readonly<Record<string, Scenario>> = {
  "of a first start": (lab, pool) => lab.start([pool]),
  "of reserving blocks": async (lab, pool) => {
    const { manager } = await lab.start([pool]);
    await manager.reserve({ pool: "", firstPort: 0, portCount: 4 });
    await manager.reserve({ pool: "", firstPort: 31_000, portCount: 4 });
  },
  "of removing blocks": async (lab, pool) => {
    const { manager, broker } = await lab.start([pool]);
    const { record } = await manager.reserve({ pool: "", firstPort: 31_000, portCount: 4 });
    await broker.acquire(request({ protocol: record.protocol, portCount: 1 }));
    await manager.remove(record.blockId, false);
    await manager.remove(`default-${record.protocol}-20000`, true);
  },
  "of a pool that grows and shrinks": async (lab, pool) => {
    const { broker, grower } = await lab.start([{ ...pool, ...growing }]);
    const { protocol = "tcp" } = pool;
    const grants: Grant[] = [];
    for (let count = 0; count < 8; count += 1) {
      grants.push(await broker.acquire(request({ protocol })));
    }
    const waits = broker.acquire(request({ protocol, maxWaitMs: 60_000 }));
    grower.advance();
    await grower.settled();
    grants.push(await waits);
    for (const { lease } of grants) {
      await broker.release(lease.record.leaseId, lease.holderKey, false);
    }
    broker.advance();
    lab.clock.advance(10_000);
    broker.advance();
    grower.advance();
    await grower.settled();
    broker.advance();
    // Until the block is given back.
    while ((await lab.recordsOnDisk()).size > 1) await nextTurn();
  },
  "of starts with other configurations": async (lab, pool) => {
    const first = await lab.start([pool, { ...pool, name: "other" }]);
    await first.broker.acquire(request({ protocol: pool.protocol ?? "tcp" }));
    lab.kill();
    await lab.start([
      { ...pool, start: 20_100 },
      { ...pool, name: "new" },
    ]);
    lab.kill();
    await lab.start([{ ...pool, size: 16 }]);
  },
};

/** From the given point on, nothing of this life goes on. Returns what lets the next one work. */
function endAt(lab: BlockLab, point: number): () => void {
  let points = 0;
  const pass = async (): Promise<void> => {
    points += 1;
    if (points > point) await new Promise<never>(() => undefined);
  };
  const between = async <T>(work: () => Promise<T>): Promise<T> => {
    await pass();
    const result = await work();
    await pass();
    return result;
  };
  const { store, host } = lab;
  const commit = store.commit.bind(store);
  const reserveBlock = host.reserveBlock.bind(host);
  const removeReservation = host.removeReservation.bind(host);
  store.commit = (batch) => between(() => commit(batch));
  host.removeReservation = (query) => between(() => removeReservation(query));
  host.reserveBlock = async (asked) => {
    const block: ReservedBlock = await between(() => reserveBlock(asked));
    const remove = block.remove.bind(block);
    block.remove = () => between(remove);
    return block;
  };
  return () =>
    Object.assign(store, { commit }) && Object.assign(host, { reserveBlock, removeReservation });
}

async function assertNothingLost(lab: BlockLab, pool: Partial<PoolConfig>): Promise<void> {
  const { broker, manager } = await lab.start([pool]);
  for (let count = 0; count < 3; count += 1) {
    lab.clock.advance(70_000);
    broker.advance();
    await nextTurn();
  }
  const records = manager.list().map(({ record }) => record);
  assert.deepEqual(
    new Map(records.map((record) => [record.blockId, record])),
    await lab.recordsOnDisk(),
  );
  const served = broker.blocks.served.map(({ record }) => record);
  for (const [index, one] of served.entries()) {
    for (const other of served.slice(index + 1)) assert.equal(sharedPorts(one, other), null);
  }
  const { kind = "persistent" } = pool;
  assert.ok(kind !== "auto");
  for (const protocol of transportsOf(pool.protocol ?? "tcp")) {
    for (const start of [20_000, 20_008, 20_016, 20_024, 20_100, 31_000]) {
      for (const portCount of [4, 8, 16]) {
        const run = { firstPort: start, portCount };
        if (!(await lab.host.hasReservation({ kind, protocol, ...run }))) continue;
        const ports = { firstPort: start, lastPort: start + portCount - 1 };
        const known = records.some((record) => sharedPorts(record, { protocol, ports }) !== null);
        assert.ok(known, `${protocol} ${start} is reserved, and nobody knows`);
      }
    }
  }
}

describe("an end of the broker's process at any point", () => {
  for (const kind of ["persistent", "administered"] as const) {
    for (const protocol of ["tcp", "tcp-and-udp"] as const) {
      for (const [when, scenario] of Object.entries(scenarios)) {
        it(`${when} loses no reservation (${kind}, ${protocol})`, async () => {
          const pool = { kind, protocol };
          for (let point = 0; point < pointsMax; point += 1) {
            const lab = new BlockLab();
            const goOn = endAt(lab, point);
            const life = { done: false };
            void scenario(lab, pool).then(() => (life.done = true));
            for (let turn = 0; turn < turnsMax && !life.done; turn += 1) await nextTurn();
            goOn();
            lab.kill();
            await assertNothingLost(lab, pool);
            if (life.done) return;
          }
          assert.fail("there are more points than were tried");
        });
      }
    }
  }
});
