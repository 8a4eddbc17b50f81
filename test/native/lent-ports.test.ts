// Held ports that are let go while they are leased, tried with plain binds of this very process: what the hold refuses, it refuses
// to any socket without SO_REUSEPORT.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type HostPorts, openHostPorts, type ReservedBlock } from "@portlease/native";
import { blockRequest } from "../support/native-requests.js";
import { describeOnLinux } from "./support/linux-only.js";
import { TestPorts } from "./support/test-ports.js";

describeOnLinux("a held block that lends its ports", () => {
  let host: HostPorts;
  let ports: TestPorts;
  let block: ReservedBlock;

  before(async () => {
    host = openHostPorts();
    ports = await TestPorts.open(host);
  });

  afterEach(() => block.release());
  after(() => ports.close());

  const reserve = async (
    fields: Partial<Parameters<HostPorts["reserveBlock"]>[0]> = {},
  ): Promise<number> => {
    const firstPort = fields.firstPort ?? (await ports.take(2));
    const run = { firstPort, portCount: 2, lendsPorts: true };
    block = await host.reserveBlock(blockRequest({ ...run, ...fields }));
    return firstPort;
  };
  const isOpen = (port: number, protocol: "tcp" | "udp" = "tcp"): boolean =>
    host.tryBind(protocol, "0.0.0.0", port).bound;

  for (const protocol of ["tcp", "udp"] as const) {
    it(`lets any program bind a ${protocol} port for as long as it is lent, and that one only`, async () => {
      const port = await reserve({ protocol });
      assert.equal(block.bindMethod, "plain");
      assert.deepEqual(block.reclaimPort(port), { state: "free" });
      assert.equal(isOpen(port, protocol), false, "held until it is lent");
      block.lendPort(port);
      assert.deepEqual([isOpen(port, protocol), isOpen(port + 1, protocol)], [true, false]);
      assert.deepEqual(block.uncoveredPorts(), []);
      assert.deepEqual(block.coverPort(port), { state: "free" });
      assert.equal(block.verifyPort(port), true);
      assert.equal(isOpen(port, protocol), true, "whoever looks after the block leaves it open");
      block.takeBackPort(port);
      assert.equal(isOpen(port, protocol), false);
    });
  }

  it("leaves a port uncovered that is still bound when it comes back, and gives it to nobody", async () => {
    const port = await reserve();
    block.lendPort(port);
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    block.takeBackPort(port);
    assert.deepEqual(block.uncoveredPorts(), [port]);
    assert.equal(block.reclaimPort(port).state, "in-use");
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
    assert.deepEqual(block.uncoveredPorts(), []);
  });

  it("comes back after a restart with leased ports lent, and the others held", async () => {
    const firstPort = await ports.take(2);
    const port = await reserve({ firstPort, leasedPorts: new Set([firstPort]) });
    assert.deepEqual([isOpen(port), isOpen(port + 1)], [true, false]);
    assert.deepEqual(block.uncoveredPorts(), []);
    block.takeBackPort(port);
    assert.equal(isOpen(port), false);
  });

  it("is asked for: any other block holds its ports whatever becomes of them", async () => {
    const port = await reserve({ lendsPorts: false });
    assert.equal(block.bindMethod, "share-port");
    block.lendPort(port);
    assert.equal(isOpen(port), false);
    block.takeBackPort(port);
    assert.equal(isOpen(port), false);
  });
});
