// The contract of hosts about the ports of a block, and about what else is on the host.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import type { ContractBench } from "./contract-bench.js";

export function portsContract(bench: ContractBench): void {
  const { traits, freeRun, reserve, listen, lease, isProtected } = bench;

  describe("a reserved port", () => {
    it("is given to a program with a lease, and refused to one without where the kind does that", async () => {
      const block = await reserve({});
      await isProtected(block.firstPort);
      await lease(block, block.firstPort, true);
    });

    it("is free to anybody after the block is removed, which may be done twice", async () => {
      const block = await reserve({ firstPort: await freeRun(2), portCount: 2 });
      await Promise.all([block.remove(), block.remove()]);
      await block.remove();
      await listen(block.firstPort);
      await listen(block.firstPort + 1);
    });
  });

  describe("reclaimPort", () => {
    it("finds a port free while nobody is bound to it, again and again", async () => {
      const block = await reserve({});
      for (let round = 0; round < 3; round += 1) {
        assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
      }
      await isProtected(block.firstPort);
    });

    for (const listening of [false, true]) {
      it(`finds it in use while a lessee ${listening ? "listens" : "is bound without listening"}, and free afterwards`, async () => {
        const block = await reserve({});
        await lease(block, block.firstPort, listening);
        const check = block.reclaimPort(block.firstPort);
        assert.equal(check.state, "in-use");
        assert.match(check.state === "in-use" ? check.reason : "", /\w/);
        assert.deepEqual(block.uncoveredPorts(), []);
        await bench.program.close(block.firstPort);
        assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
        await isProtected(block.firstPort);
      });
    }

    it("covers a port that was uncovered once the stranger is gone", async () => {
      const firstPort = await freeRun(2);
      await listen(firstPort);
      const block = await reserve({ firstPort, portCount: 2, leasedPorts: new Set() });
      assert.equal(block.reclaimPort(firstPort).state, "in-use");
      assert.deepEqual(block.uncoveredPorts(), traits.coversBesideStrangers ? [] : [firstPort]);
      await bench.program.close(firstPort);
      await eventually("a port that is covered", () => {
        return block.reclaimPort(firstPort).state === "free";
      });
      assert.deepEqual(block.uncoveredPorts(), []);
      await isProtected(firstPort);
    });

    it("refuses ports of other blocks, and everything after release", async () => {
      const block = await reserve({});
      assert.throws(() => block.reclaimPort(block.firstPort + 4), RangeError);
      assert.throws(() => block.reservationOf(block.firstPort - 1), RangeError);
      await block.release();
      assert.throws(() => block.reclaimPort(block.firstPort));
    });
  });

  describe("coverPort", () => {
    it("covers a port beside the lessee that stayed through a restart, or once it is gone", async () => {
      const firstPort = await freeRun(2);
      const before = await reserve({ firstPort, portCount: 2 });
      await lease(before, firstPort, true);
      await before.remove();
      const block = await reserve({ firstPort, portCount: 2, leasedPorts: new Set() });
      assert.deepEqual(block.uncoveredPorts(), traits.coversBesideStrangers ? [] : [firstPort]);
      if (!traits.coversBesideLessees) {
        assert.equal(block.coverPort(firstPort).state, "in-use");
        await bench.program.close(firstPort);
      }
      await eventually("a port that is covered", () => {
        return block.coverPort(firstPort).state === "free";
      });
      assert.deepEqual(block.coverPort(firstPort), { state: "free" });
      assert.deepEqual(block.uncoveredPorts(), []);
      await bench.program.close(firstPort);
      await isProtected(firstPort);
    });

    it("covers a port beside a stranger only where that takes nothing from the stranger", async () => {
      const firstPort = await freeRun(1);
      await listen(firstPort);
      const block = await reserve({ firstPort, portCount: 1, leasedPorts: new Set() });
      const covers = traits.coversBesideStrangers;
      assert.equal(block.coverPort(firstPort).state, covers ? "free" : "in-use");
      assert.deepEqual(block.uncoveredPorts(), covers ? [] : [firstPort]);
    });
  });

  describe("what it tells of the host", () => {
    it("lists listening sockets and who has them, but not its own holds", async () => {
      const stranger = await freeRun(1);
      await listen(stranger);
      const block = await reserve({});
      await lease(block, block.firstPort, true);
      // Ended connections of others may be in the tables, too.
      const listening = (await bench.host.observeSockets("tcp")).filter(
        ({ state }) => state === "listen",
      );
      const seen = new Map(listening.map((socket) => [socket.localPort, socket]));
      assert.equal(seen.get(stranger)?.localAddress, "127.0.0.1");
      assert.ok(seen.has(block.firstPort));
      assert.ok(!seen.has(block.firstPort + 1));
      const ports = [stranger, block.firstPort, block.firstPort + 1];
      const holders = await bench.host.findHolders("tcp", ports);
      assert.deepEqual(new Set(holders.keys()), new Set(ports.slice(0, 2)));
      const idsOn = (port: number): readonly number[] =>
        (holders.get(port) ?? []).map((holder) => holder.processId);
      assert.deepEqual(idsOn(stranger), [bench.program.processId]);
      // A socket that was handed over may show the process that bound it.
      const owners =
        traits.bindMethod === "handoff"
          ? [bench.program.processId, process.pid]
          : [bench.program.processId];
      assert.ok(idsOn(block.firstPort).every((id) => owners.includes(id)));
    });

    it("finds no holders when asked for no ports", async () => {
      assert.equal((await bench.host.findHolders("tcp", [])).size, 0);
    });

    it("identifies processes, the same one always equally", () => {
      const self = bench.host.identifyProcess(process.pid);
      assert.ok(self !== null);
      assert.deepEqual(bench.host.identifyProcess(process.pid), self);
      assert.equal(self.processId, process.pid);
      assert.notEqual(self.startTime, "");
      // The highest id that Linux can give out is below this; those of Windows are multiples of four.
      assert.equal(bench.host.identifyProcess(5_000_001), null);
    });

    it("knows that a process runs, and that one which had its id before has ended", () => {
      const self = bench.host.identifyProcess(process.pid) ?? assert.fail();
      assert.equal(bench.host.hasProcessEnded(self), false);
      assert.equal(bench.host.hasProcessEnded({ ...self, startTime: "another" }), true);
      assert.equal(bench.host.hasProcessEnded({ processId: 5_000_001, startTime: "any" }), true);
      const watch = bench.host.watchProcess(process.pid) ?? assert.fail();
      assert.deepEqual(watch.identity, self);
      assert.equal(watch.hasExited(), false);
      watch.close();
      watch.close();
    });

    it("has lost nothing of a block while nobody takes it away", async () => {
      const block = await reserve({});
      for (let port = block.firstPort; port < block.firstPort + block.portCount; port += 1) {
        assert.equal(block.verifyPort(port), true);
      }
      assert.deepEqual(block.uncoveredPorts(), []);
    });
  });
}
