// Where a block lies when its place is not given: where the kernel says (`any`), or outside of what the system picks from (`auto`).

import assert from "node:assert/strict";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { WineBroker } from "../support/wine-broker.js";
import { describeInWine } from "../support/wine-lab.js";

const portCount = 4;
const create = "CreatePersistentTcpPortReservation";
/** winerror.h: ERROR_SHARING_VIOLATION */
const sharingViolation = 32;
/** No port of its own is reserved, so that the block is the first thing that the broker makes. */
const anyPort = { flags: ["--listen", "127.0.0.1:0"] };

describeInWine("a block without a given place on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;

  beforeEach(async () => {
    lab = await EndToEndLab.open();
  });

  afterEach(() => lab.close());

  const poolAt = (
    start: LabPool["start"],
    kind: LabPool["kind"] = "persistent",
  ): readonly LabPool[] => [{ name: "default", kind, start, size: portCount }];

  /** Starts the broker, lets a sidecar serve in the block, and resolves with the block's first port. */
  async function serveFrom(pools: readonly LabPool[]): Promise<number> {
    const broker = await lab.startBroker(pools, anyPort);
    const [block] = broker.ready.blocks;
    assert.ok(block !== undefined);
    assert.equal(block.lastPort - block.firstPort + 1, portCount);
    const sidecar = await lab.sidecar();
    const { ports } = await sidecar.acquire();
    const [port = 0] = ports;
    assert.ok(port >= block.firstPort && port <= block.lastPort);
    await sidecar.serve();
    assert.equal(await httpServedBy(port), sidecar.processId);
    await sidecar.stop();
    return block.firstPort;
  }

  async function made(): Promise<unknown> {
    const { reservations } = await lab.pool.state();
    return reservations.map((each) => [each.kind, each.firstPort, each.portCount]);
  }

  it("is where the kernel says, made persistent, and found again with start any", async () => {
    const firstPort = await serveFrom(poolAt("any"));
    assert.deepEqual(await made(), [["persistent", firstPort, portCount]]);
    await lab.broker.kill();
    assert.equal(await serveFrom(poolAt("any")), firstPort);
    assert.deepEqual(await made(), [["persistent", firstPort, portCount]]);
  });

  it("is looked for again when somebody took what the kernel said", async () => {
    await lab.pool.fail({ api: create, error: sharingViolation, times: 1 });
    const firstPort = await serveFrom(poolAt("any"));
    assert.deepEqual(await made(), [["persistent", firstPort, portCount]]);
    const { faults } = await lab.pool.state();
    assert.deepEqual(
      faults.map(({ api, times }) => [api, times]),
      [[create, 0]],
    );
  });

  it("is where the kernel says, and the broker's alone, with start any and kind runtime", async () => {
    const firstPort = await serveFrom(poolAt("any", "runtime"));
    assert.deepEqual(await made(), [["runtime", firstPort, portCount]]);
  });

  it("lies outside of the dynamic range and of exclusions with start auto", async () => {
    const { dynamicRange } = await lab.pool.state();
    const first = await serveFrom(poolAt("auto"));
    const last = first + portCount - 1;
    const lastDynamic = dynamicRange.firstPort + dynamicRange.portCount - 1;
    assert.ok(last < dynamicRange.firstPort || first > lastDynamic, `${first}-${last}`);
    assert.deepEqual(await made(), [["persistent", first, portCount]]);
  });

  it("avoids the place that it had, with start auto, when that became an exclusion", async () => {
    const first = await serveFrom(poolAt("auto"));
    const other = await EndToEndLab.open();
    try {
      await other.pool.exclude("tcp", first, portCount);
      const broker = await other.startBroker(poolAt("auto"), anyPort);
      const [block] = broker.ready.blocks;
      const firstOther = block?.firstPort ?? 0;
      assert.ok(firstOther > first + portCount - 1 || firstOther + portCount - 1 < first);
    } finally {
      await other.close();
    }
  });

  it("is the very one that is given, or none", async () => {
    const start = await lab.take(portCount);
    assert.equal(await serveFrom(poolAt(start)), start);
    await lab.broker.kill();
    const other = await EndToEndLab.open();
    try {
      await other.pool.reserve("tcp", start + 1, 1);
      const { exitCode, stderr } = await WineBroker.failToStart(
        other.configure(poolAt(start), anyPort),
      );
      assert.equal(exitCode, 1);
      assert.match(stderr, /"CANNOT_RESERVE"/);
      assert.deepEqual(
        (await other.pool.reservations("persistent")).map(({ firstPort }) => firstPort),
        [start + 1],
      );
    } finally {
      await other.close();
    }
  });
});
