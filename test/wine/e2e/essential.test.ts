// The essential path on Windows, end to end: the broker and the sidecars are Windows programs of the Wine lab, as they are
// shipped. The other files of this folder have the rest; see docs/wine-lab.md for what this proves.

import assert from "node:assert/strict";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { eventually } from "../../support/eventually.js";
import type { LeaseCaller } from "../../support/lease-caller.js";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import type { PoolCaller } from "../support/pool-caller.js";
import { httpServedBy } from "../support/served-by.js";
import type { Sidecar } from "../support/sidecar.js";
import { describeInWine } from "../support/wine-lab.js";

const everyAddress = ["127.0.0.1", "0.0.0.0", "::1", "::"];
const portCount = 3;

describeInWine("a broker and its sidecars on Windows", function () {
  this.timeout(120_000);

  let lab: EndToEndLab;
  let pools: readonly LabPool[];
  let caller: LeaseCaller;
  let stranger: PoolCaller;
  let elevated: Sidecar;
  let ordinary: Sidecar;
  /** Of the elevated sidecar in the persistent pool, and of the ordinary one in the runtime pool. */
  const leased = { persistent: "", runtime: "" };
  const ports = { persistent: 0, runtime: 0 };

  before(async () => {
    lab = await EndToEndLab.open();
    const [persistent, runtime] = [await lab.take(portCount), await lab.take(portCount)];
    pools = [
      { name: "default", kind: "persistent", start: persistent, size: portCount },
      { name: "volatile", kind: "runtime", start: runtime, size: portCount },
    ];
    await lab.startBroker(pools);
    [elevated, ordinary, stranger] = await Promise.all([
      lab.sidecar(),
      lab.sidecar({ elevated: false, nodeMajor: 22 }),
      lab.stranger(),
    ]);
    caller = lab.caller();
  });

  after(() => lab.close());

  async function assertRefused(port: number): Promise<void> {
    for (const address of everyAddress) {
      assert.equal(await stranger.listen(port, { address }), "EACCES", `${port} on ${address}`);
    }
  }

  const state = (lease: Lease): unknown => [lease.port, lease.generation, lease.unprotected];

  it("lets an elevated sidecar bind in a persistent reservation by itself", async () => {
    const lease = await elevated.acquire();
    [leased.persistent, ports.persistent] = [lease.leaseId, lease.ports[0] ?? 0];
    assert.equal(lease.reservations[0]?.bindMethod, "associate");
    await assertRefused(ports.persistent);
    await elevated.serve();
    assert.equal(await httpServedBy(ports.persistent), elevated.processId);
    assert.equal(await httpServedBy(ports.persistent, "::1"), elevated.processId);
  });

  it("hands a socket in a runtime reservation to a sidecar without rights", async () => {
    const lease = await ordinary.acquire({ pool: "volatile" });
    [leased.runtime, ports.runtime] = [lease.leaseId, lease.ports[0] ?? 0];
    assert.equal(lease.reservations[0]?.bindMethod, "handoff");
    await assertRefused(ports.runtime);
    await ordinary.serve();
    assert.equal(await httpServedBy(ports.runtime), ordinary.processId);
    assert.equal(await httpServedBy(ports.runtime, "::1"), ordinary.processId);
  });

  it("goes on with leases and sidecars when the broker is killed and started again", async () => {
    const before = [await caller.get(leased.persistent), await caller.get(leased.runtime)];
    assert.deepEqual(
      before.map(({ unprotected }) => unprotected),
      [false, false],
    );
    await lab.broker.kill();
    assert.equal(await httpServedBy(ports.persistent), elevated.processId);
    assert.equal(await httpServedBy(ports.runtime), ordinary.processId);

    await lab.startBroker(pools);
    const after = [await caller.get(leased.persistent), await caller.get(leased.runtime)];
    assert.deepEqual(after.map(state), [
      [ports.persistent, before[0]?.generation, false],
      [ports.runtime, before[1]?.generation, true],
    ]);
    assert.equal(await httpServedBy(ports.persistent), elevated.processId);
    assert.equal(await httpServedBy(ports.runtime), ordinary.processId);
    await assertRefused(ports.persistent + 1);
    await assertRefused(ports.runtime + 1);
  });

  it("covers an unprotected port again once its holder has closed it", async () => {
    await ordinary.close();
    await eventually(
      "the port is protected",
      async () => !(await caller.get(leased.runtime)).unprotected,
      {
        withinMs: 60_000,
      },
    );
    await assertRefused(ports.runtime);
    await ordinary.serve();
    assert.equal(await httpServedBy(ports.runtime), ordinary.processId);
  });
});
