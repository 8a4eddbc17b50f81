import assert from "node:assert/strict";
import { BlockLab, type LabBroker } from "../../support/block-lab.js";
import { request, settle } from "../../support/broker-fixture.js";
import { plainPool } from "../../support/pool-config.js";

const { quarantineMs } = plainPool;
const firstPort = 20_000;

describe("Ports that rest when their block is given back", () => {
  let lab: BlockLab;
  let life: LabBroker;

  beforeEach(async () => {
    lab = new BlockLab();
    life = await lab.start([{ start: firstPort, size: 4 }]);
    const { lease } = await life.broker.acquire(request());
    assert.equal(lease.record.ports.firstPort, firstPort);
    await life.broker.release(lease.record.leaseId, lease.holderKey, false);
    lab.clock.advance(1_000);
  });

  async function reserveAgain() {
    const [block] = life.manager.list();
    await life.manager.remove(block?.record.blockId ?? "", false);
    return life.manager.reserve({ pool: "", firstPort: firstPort - 1, portCount: 4 });
  }

  it("go on resting when they are reserved again, and no longer than before (promise 5)", async () => {
    const block = await reserveAgain();
    const states = [-1, 0, 1].map((offset) => block.stateOf(firstPort + offset));
    assert.deepEqual(states, ["free", "quarantined", "free"]);
    assert.equal(block.nextQuarantineEndMs, lab.clock.monotonicMs() + quarantineMs - 1_000);
  });

  it("do so when a drained block went by itself as well", async () => {
    const { lease } = await life.broker.acquire(request());
    const [block] = life.manager.list();
    await life.manager.drain(block?.record.blockId ?? "", false);
    await life.broker.release(lease.record.leaseId, lease.holderKey, false);
    life.broker.advance();
    await settle();
    assert.deepEqual(life.manager.list(), []);
    const again = await life.manager.reserve({ pool: "", firstPort, portCount: 4 });
    assert.equal(again.stateOf(lease.record.ports.firstPort), "quarantined");
  });

  it("are free when the rest is over meanwhile", async () => {
    const [block] = life.manager.list();
    await life.manager.remove(block?.record.blockId ?? "", false);
    lab.clock.advance(quarantineMs);
    const again = await life.manager.reserve({ pool: "", firstPort, portCount: 4 });
    assert.equal(again.stateOf(firstPort), "free");
  });
});
