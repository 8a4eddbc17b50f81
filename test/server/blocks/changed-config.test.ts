// A restart with another configuration: what was leased stays leased where it was, and no port gets into two blocks.

import assert from "node:assert/strict";
import type { BlockRecord } from "#server/domain/records.js";
import { sharedPorts } from "#server/domain/shared-ports.js";
import { BlockLab, type LabBroker, windowsHost } from "../../support/block-lab.js";
import { request } from "../../support/broker-fixture.js";

const { capabilities } = windowsHost;
const notElevated = { ...capabilities, elevated: false, autoKind: "runtime" } as const;

function assertDisjoint({ manager }: LabBroker): void {
  const blocks = manager.list().map(({ record }) => record);
  for (const [index, one] of blocks.entries()) {
    for (const other of blocks.slice(index + 1)) {
      assert.equal(sharedPorts(one, other), null, `${one.blockId} and ${other.blockId}`);
    }
  }
}

function firstPortsOf({ manager }: LabBroker): readonly number[] {
  return manager.list().map(({ record }) => record.ports.firstPort);
}

describe("a restart with other pools", () => {
  const hosts = [
    ["held", {}],
    ["runtime", { capabilities: notElevated }],
  ] as const;
  for (const [kind, host] of hosts) {
    it(`keeps a new pool away from the leases of one that comes after it (${kind})`, async () => {
      const lab = new BlockLab(host);
      const first = await lab.start([{ name: "old" }]);
      await first.broker.acquire(request({ pool: "old" }));
      lab.kill();
      assertDisjoint(await lab.start([{ name: "new" }, { name: "old" }]));
    });

    it(`keeps a renamed pool away from the leases of its former name (${kind})`, async () => {
      const lab = new BlockLab(host);
      const first = await lab.start([{ name: "old" }]);
      await first.broker.acquire(request({ pool: "old" }));
      lab.kill();
      assertDisjoint(await lab.start([{ name: "new" }]));
    });

    it(`refuses a renamed pool the very ports that its former name still leases (${kind})`, async () => {
      const lab = new BlockLab(host);
      const first = await lab.start([{ name: "old", start: 20_000 }]);
      await first.broker.acquire(request({ pool: "old" }));
      lab.kill();
      const start = lab.start([{ name: "new", start: 20_000 }]);
      await assert.rejects(start, /block old-tcp-20000 .* still has 1 leased ports/);
    });
  }

  it("gives UDP the ports that are still leased in TCP", async () => {
    const lab = new BlockLab();
    const first = await lab.start([{ name: "old", start: 20_000 }]);
    await first.broker.acquire(request({ pool: "old" }));
    lab.kill();
    const again = await lab.start([{ name: "new", start: 20_000, protocol: "udp" }]);
    assert.deepEqual(firstPortsOf(again), [20_000, 20_000]);
  });

  it("reserves given ports before it picks others, so that the pick is not in their way", async () => {
    const lab = new BlockLab();
    const broker = await lab.start([{ name: "anywhere" }, { name: "given", start: 20_000 }]);
    assert.deepEqual(firstPortsOf(broker), [20_000, 20_008]);
  });
});

describe("a restart with another wish for a pool", () => {
  it("takes an added block for the configured one once it is exactly that", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    await manager.reserve({ pool: "", firstPort: 31_000, portCount: 8 });
    lab.kill();
    assert.deepEqual(firstPortsOf(await lab.start([{ start: 31_000 }])), [31_000]);
  });

  it("says how to be rid of an added block that only overlaps the configured one", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    await manager.reserve({ pool: "", firstPort: 31_000, portCount: 8 });
    lab.kill();
    const start = lab.start([{ start: 31_004 }]);
    await assert.rejects(start, /is in use; .* "portlease blocks remove default-tcp-31000"/);
  });

  it("gives back an added block of another protocol than its pool has now", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start();
    await manager.reserve({ pool: "", firstPort: 31_000, portCount: 8 });
    lab.kill();
    const again = await lab.start([{ protocol: "udp" }]);
    const { lease } = await again.broker.acquire(request({ protocol: "udp" }));
    assert.equal(lease.block.record.protocol, "udp");
    assert.deepEqual(
      again.manager.list().map(({ record }) => record.protocol),
      ["udp"],
    );
  });

  it("lets ports rest that were given back just before their block was made in another way", async () => {
    const lab = new BlockLab();
    const first = await lab.start([{ kind: "runtime", start: 20_000 }]);
    const { lease } = await first.broker.acquire(request({}));
    await first.broker.release(lease.record.leaseId, lease.holderKey, false);
    const ended = lab.events.find((event) => event.type === "lease_ended") ?? assert.fail();
    lab.kill();
    const recentEnds = [ended.ended];
    const again = await lab.start([{ kind: "persistent", start: 20_000 }], { recentEnds });
    assert.equal(again.broker.blocks.served[0]?.stateOf(20_000), "quarantined");
  });
});

describe("a restart where kind auto stands for another kind", () => {
  const elevated = { ...capabilities, elevated: true, autoKind: "persistent" } as const;
  for (const [what, before, after] of [
    ["elevated", notElevated, elevated],
    ["not elevated any more", elevated, notElevated],
  ] as const) {
    it(`goes on with the leased block in the ports that the pool must have, ${what}`, async () => {
      const host = { ...before };
      const lab = new BlockLab({ capabilities: host });
      const first = await lab.start([{ start: 20_000 }]);
      const { lease } = await first.broker.acquire(request({}));
      lab.kill();
      Object.assign(lab.host.capabilities(), after);
      const again = await lab.start([{ start: 20_000 }]);
      assert.ok(again.broker.find(lease.record.leaseId));
      assert.deepEqual(
        again.manager.list().map(({ record }) => [record.kind, record.draining]),
        [[before.autoKind, false]],
      );
      assert.equal(again.broker.pools[0]?.policy.kind, before.autoKind);
      assert.ok(lab.warnings.some((message) => message.includes(`stays ${before.autoKind}`)));
    });
  }
});

describe("a block that an operator adopted besides the configured one", () => {
  const ambiguous: BlockRecord = {
    blockId: "default-tcp-31000",
    pool: "default",
    protocol: "tcp",
    kind: "persistent",
    ports: { firstPort: 31_000, lastPort: 31_007 },
    isolation: "shared",
    stage: "intended",
    draining: false,
    origin: "configured",
  };

  it("is there after the next start, too", async () => {
    const lab = new BlockLab();
    await lab.plantRecord(ambiguous);
    const { kind } = ambiguous;
    lab.host.plantReservation({ kind, protocol: "tcp", firstPort: 31_000, portCount: 8 });
    const { manager } = await lab.start();
    await manager.adopt(ambiguous.blockId);
    lab.kill();
    assert.deepEqual(
      (await lab.start()).manager.list().map(({ record }) => record.draining),
      [false, false],
    );
  });
});
