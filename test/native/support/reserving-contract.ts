// The contract of hosts about blocks: made, found again, given back.

import assert from "node:assert/strict";
import { NativeError, type PortRun, type ReservedBlock } from "@portlease/native";
import { type ContractBench, hasCode, overlap } from "./contract-bench.js";

export function reservingContract(bench: ContractBench): void {
  const { kind, traits, freeRun, reserve, listen, lease, isProtected } = bench;

  describe("capabilities", () => {
    it("names the kinds it can reserve and which one auto stands for", () => {
      const { kinds, autoKind, autoKindReason } = bench.host.capabilities();
      assert.ok(kinds.includes(kind));
      assert.ok(kinds.includes(autoKind));
      assert.match(autoKindReason, /^[A-Z].*\.$/);
    });
  });

  describe("reserveBlock", () => {
    it("reserves the run that is asked for", async () => {
      const firstPort = await freeRun(4);
      const block = await reserve({ firstPort, portCount: 4 });
      assert.equal(block.firstPort, firstPort);
      assert.equal(block.portCount, 4);
      assert.equal(block.kind, kind);
      assert.equal(block.protocol, "tcp");
      assert.equal(block.bindMethod, traits.bindMethod);
      const { token, ...run } = block.reservationOf(firstPort + 1);
      assert.equal(token !== 0n, traits.hasToken);
      assert.deepEqual(run, { firstPort, portCount: 4 });
      assert.deepEqual(block.uncoveredPorts(), []);
    });

    it("refuses ports and counts that do not exist", async () => {
      const invalid = [
        { firstPort: 0, portCount: 1 },
        { firstPort: -1, portCount: 1 },
        { firstPort: 1.5, portCount: 1 },
        { firstPort: 65_536, portCount: 1 },
        { firstPort: 65_535, portCount: 2 },
        { firstPort: 2_000, portCount: 0 },
        { firstPort: null, portCount: 65_536 },
        { firstPort: null, portCount: Number.NaN },
      ];
      for (const run of invalid) await assert.rejects(reserve(run), hasCode("RANGE_INVALID"));
    });

    it("refuses kinds that the host does not have", async () => {
      await assert.rejects(reserve({ kind: bench.absentKind }), hasCode("UNSUPPORTED"));
    });

    it("refuses a block with one taken port, names the port and its holder, and keeps nothing", async () => {
      const firstPort = await freeRun(4);
      await listen(firstPort + 2);
      await assert.rejects(reserve({ firstPort, portCount: 4 }), (error) => {
        assert.ok(error instanceof NativeError);
        assert.equal(error.code, "PORT_TAKEN");
        assert.equal(error.fields.port, firstPort + 2);
        const holders = error.fields.holders.map((holder) => holder.processId);
        assert.deepEqual(holders, [bench.program.processId]);
        assert.match(error.message, new RegExp(`${firstPort + 2}`));
        return true;
      });
      await listen(firstPort);
      await listen(firstPort + 3);
    });

    it("refuses a block that overlaps one of its own", async () => {
      const firstPort = await freeRun(4);
      await reserve({ firstPort, portCount: 4 });
      await assert.rejects(
        reserve({ firstPort: firstPort + 3, portCount: 1 }),
        hasCode("PORT_TAKEN"),
      );
    });

    it("picks runs outside the dynamic range and the excluded ranges, and never the same twice", async () => {
      const dynamicRange = await bench.host.dynamicRange("tcp");
      // Before: Windows lists its reservations there too.
      const excluded = (await bench.host.excludedRanges("tcp")) ?? [];
      const first = await reserve({ portCount: 8, firstPort: null });
      const second = await reserve({ portCount: 8, firstPort: null });
      const avoided = dynamicRange === null ? excluded : [dynamicRange, ...excluded];
      for (const block of [first, second]) {
        for (const run of avoided) assert.ok(!overlap(block, run));
      }
      assert.ok(!overlap(first, second));
    });
  });

  describe("a block that comes back after a restart", () => {
    it("is covered beside its lessees where the kind can, and leaves out what strangers took", async () => {
      const firstPort = await freeRun(6);
      const before = await reserve({ firstPort, portCount: 6 });
      await lease(before, firstPort + 1, true);
      await lease(before, firstPort + 2);
      await before.remove();
      await listen(firstPort + 4);
      const leasedPorts = new Set([firstPort + 1, firstPort + 2, firstPort + 3]);
      const block = await reserve({ firstPort, portCount: 6, leasedPorts });
      const lessees = traits.coversBesideLessees ? [] : [firstPort + 1, firstPort + 2];
      const strangers = traits.coversBesideStrangers ? [] : [firstPort + 4];
      assert.deepEqual(block.uncoveredPorts(), [...lessees, ...strangers]);
      for (const port of block.uncoveredPorts()) {
        assert.equal(block.reservationOf(port).token, 0n);
      }
      await isProtected(firstPort + 3);
    });

    it("leaves out a leased port that a stranger took, and an unleased one that is shared", async () => {
      const firstPort = await freeRun(3);
      const before = await reserve({ firstPort, portCount: 3 });
      await lease(before, firstPort + 1, true);
      await before.remove();
      await listen(firstPort);
      const leasedPorts = new Set([firstPort]);
      const block = await reserve({ firstPort, portCount: 3, leasedPorts });
      const uncovered = traits.coversBesideStrangers ? [] : [firstPort, firstPort + 1];
      assert.deepEqual(block.uncoveredPorts(), uncovered);
    });

    it("needs to be told where it was", async () => {
      await assert.rejects(
        reserve({ leasedPorts: new Set(), firstPort: null }),
        hasCode("RANGE_INVALID"),
      );
    });
  });

  describe("release", () => {
    it("may be called twice, and leaves what outlives processes", async () => {
      const { firstPort } = await releasedBlock();
      const query = { kind, protocol: "tcp", firstPort, portCount: 2 } as const;
      assert.equal(await bench.host.hasReservation(query), traits.outlivesProcess);
      const part = await bench.host.hasReservation({ ...query, portCount: 1 });
      assert.equal(part, traits.outlivesProcess && !traits.tellsRunsApart);
      const leasedPorts = new Set<number>();
      const block = await reserve({ firstPort, portCount: 2, leasedPorts });
      assert.deepEqual(block.uncoveredPorts(), []);
    });

    it("leaves what can be removed by its run", async () => {
      const { firstPort } = await releasedBlock();
      const query = { kind, protocol: "tcp", firstPort, portCount: 2 } as const;
      assert.equal(await bench.host.removeReservation(query), traits.outlivesProcess ? 1 : 0);
      assert.equal(await bench.host.removeReservation(query), 0);
      await listen(firstPort);
    });

    it("leaves what refuses a new block of the same run, when it outlives processes", async () => {
      const { firstPort } = await releasedBlock();
      const again = reserve({ firstPort, portCount: 2 });
      if (traits.outlivesProcess) await assert.rejects(again, hasCode("PORT_TAKEN"));
      else await again;
    });

    async function releasedBlock(): Promise<ReservedBlock> {
      const block = await reserve({ firstPort: await freeRun(2), portCount: 2 });
      await Promise.all([block.release(), block.release()]);
      return block;
    }
  });

  describe("an intent", () => {
    it("is told before anything is made that outlives the process, and only then", async () => {
      const firstPort = await freeRun(2);
      const query = { kind, protocol: "tcp", firstPort, portCount: 2 } as const;
      const seen: { run: PortRun; there: boolean | null }[] = [];
      const intend = async (run: PortRun): Promise<void> => {
        seen.push({ run, there: await bench.host.hasReservation(query) });
      };
      const block = await reserve({ firstPort, portCount: 2, intend });
      const told = { run: { firstPort, portCount: 2 }, there: false };
      assert.deepEqual(seen, traits.outlivesProcess ? [told] : []);
      await block.release();
      const leasedPorts = new Set<number>();
      await reserve({ firstPort, portCount: 2, leasedPorts, intend });
      assert.equal(seen.length, traits.outlivesProcess ? 1 : 0);
    });

    it("that cannot be recorded keeps the block from being made", async () => {
      const firstPort = await freeRun(2);
      const intend = (): Promise<void> => Promise.reject(new Error("disk full"));
      const block = reserve({ firstPort, portCount: 2, intend });
      if (!traits.outlivesProcess) {
        await block;
        return;
      }
      await assert.rejects(block, /disk full/);
      await listen(firstPort);
    });
  });
}
