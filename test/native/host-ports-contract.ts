// What every HostPorts and LesseeSockets must do, run against the fake and the real ones. Register it inside a describe block.

import assert from "node:assert/strict";
import type {
  HostPorts,
  NativeErrorCode,
  PortRun,
  ReservedBlock,
  ReserveBlockRequest,
} from "@portlease/native";
import { NativeError } from "@portlease/native";
import { blockRequest } from "../support/native-requests.js";

/** A program beside the broker, with sockets that it closes when told. */
export interface ContractProgram {
  readonly processId: number;
  /** A plain listener on 127.0.0.1. Rejects with the code of the refusal. */
  listen(port: number): Promise<void>;
  /** Binds a leased port, and listens where asked. Rejects with the code of the refusal. */
  lease(port: number, listen: boolean): Promise<void>;
  close(port: number): Promise<void>;
}

/** One host to test, with a program on it. */
export interface ContractHost {
  readonly host: HostPorts;
  readonly program: ContractProgram;
  /** The first of `portCount` ports that nobody uses. */
  freeRun(portCount: number): Promise<number>;
}

export function hostPortsContract(open: () => Promise<ContractHost>): void {
  let host: HostPorts;
  let program: ContractProgram;
  let freeRun: (portCount: number) => Promise<number>;
  let blocks: ReservedBlock[] = [];
  let used: number[] = [];

  before(async () => {
    const opened = await open();
    ({ host, program } = opened);
    freeRun = (portCount) => opened.freeRun(portCount);
  });

  afterEach(async () => {
    for (const port of used) await program.close(port);
    for (const block of blocks) await block.release();
    used = [];
    blocks = [];
  });

  async function reserve(request: Partial<ReserveBlockRequest>): Promise<ReservedBlock> {
    const block = await host.reserveBlock(blockRequest(request));
    blocks.push(block);
    return block;
  }

  async function listen(port: number): Promise<void> {
    await program.listen(port);
    used.push(port);
  }

  async function lease(port: number, listening = false): Promise<void> {
    await program.lease(port, listening);
    used.push(port);
  }

  describe("capabilities", () => {
    it("names the kinds it can reserve and which one auto stands for", () => {
      const { kinds, autoKind, autoKindReason } = host.capabilities();
      assert.ok(kinds.includes("held"));
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
      assert.equal(block.kind, "held");
      assert.equal(block.protocol, "tcp");
      assert.equal(block.bindMethod, "share-port");
      assert.equal(block.reservationOf(firstPort).token, 0n);
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
      await assert.rejects(reserve({ kind: "persistent" }), hasCode("UNSUPPORTED"));
    });

    it("refuses a block with one taken port, names the port and its holder, and keeps nothing", async () => {
      const firstPort = await freeRun(4);
      await listen(firstPort + 2);
      await assert.rejects(reserve({ firstPort, portCount: 4 }), (error) => {
        assert.ok(error instanceof NativeError);
        assert.equal(error.code, "PORT_TAKEN");
        assert.equal(error.fields.port, firstPort + 2);
        const holders = error.fields.holders.map((holder) => holder.processId);
        assert.deepEqual(holders, [program.processId]);
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
      const first = await reserve({ portCount: 8 });
      const second = await reserve({ portCount: 8 });
      const dynamicRange = await host.dynamicRange("tcp");
      const excluded = (await host.excludedRanges("tcp")) ?? [];
      const avoided = dynamicRange === null ? excluded : [dynamicRange, ...excluded];
      for (const block of [first, second]) {
        for (const run of avoided) assert.ok(!overlap(block, run));
      }
      assert.ok(!overlap(first, second));
    });
  });

  describe("a block that comes back after a restart", () => {
    it("is covered beside its lessees and leaves out what strangers took", async () => {
      const firstPort = await freeRun(6);
      const before = await reserve({ firstPort, portCount: 6 });
      await lease(firstPort + 1, true);
      await lease(firstPort + 2);
      await before.release();
      await listen(firstPort + 4);
      const leasedPorts = new Set([firstPort + 1, firstPort + 2, firstPort + 3]);
      const block = await reserve({ firstPort, portCount: 6, leasedPorts });
      assert.deepEqual(block.uncoveredPorts(), [firstPort + 4]);
    });

    it("leaves out a leased port that a stranger took, and an unleased one that is shared", async () => {
      const firstPort = await freeRun(3);
      const before = await reserve({ firstPort, portCount: 3 });
      await lease(firstPort + 1, true);
      await before.release();
      await listen(firstPort);
      const leasedPorts = new Set([firstPort]);
      const block = await reserve({ firstPort, portCount: 3, leasedPorts });
      assert.deepEqual(block.uncoveredPorts(), [firstPort, firstPort + 1]);
    });

    it("needs to be told where it was", async () => {
      await assert.rejects(reserve({ leasedPorts: new Set() }), hasCode("RANGE_INVALID"));
    });
  });

  describe("a reserved port", () => {
    it("is refused to a program without a lease, and given to one with", async () => {
      const block = await reserve({});
      await assert.rejects(listen(block.firstPort));
      await lease(block.firstPort, true);
    });

    it("is free to anybody after the block is released, which may be done twice", async () => {
      const block = await reserve({ firstPort: await freeRun(2), portCount: 2 });
      await Promise.all([block.release(), block.release()]);
      await block.release();
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
      await assert.rejects(listen(block.firstPort));
    });

    for (const listening of [false, true]) {
      it(`finds it in use while a lessee ${listening ? "listens" : "is bound without listening"}, and free afterwards`, async () => {
        const block = await reserve({});
        await lease(block.firstPort, listening);
        const check = block.reclaimPort(block.firstPort);
        assert.equal(check.state, "in-use");
        assert.match(check.state === "in-use" ? check.reason : "", /\w/);
        assert.deepEqual(block.uncoveredPorts(), []);
        await program.close(block.firstPort);
        assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
        await assert.rejects(listen(block.firstPort));
      });
    }

    it("covers a port that was uncovered once the stranger is gone", async () => {
      const firstPort = await freeRun(2);
      await listen(firstPort);
      const block = await reserve({ firstPort, portCount: 2, leasedPorts: new Set() });
      assert.equal(block.reclaimPort(firstPort).state, "in-use");
      assert.deepEqual(block.uncoveredPorts(), [firstPort]);
      await program.close(firstPort);
      assert.deepEqual(block.reclaimPort(firstPort), { state: "free" });
      assert.deepEqual(block.uncoveredPorts(), []);
      await assert.rejects(listen(firstPort));
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
    it("covers a port beside the lessee that stayed through a restart", async () => {
      const firstPort = await freeRun(2);
      const before = await reserve({ firstPort, portCount: 2 });
      await lease(firstPort, true);
      await before.release();
      const block = await reserve({ firstPort, portCount: 2, leasedPorts: new Set() });
      assert.deepEqual(block.uncoveredPorts(), [firstPort]);
      assert.deepEqual(block.coverPort(firstPort), { state: "free" });
      assert.deepEqual(block.coverPort(firstPort), { state: "free" });
      assert.deepEqual(block.uncoveredPorts(), []);
      await program.close(firstPort);
      await assert.rejects(listen(firstPort));
    });

    it("cannot cover a port beside a stranger", async () => {
      const firstPort = await freeRun(1);
      await listen(firstPort);
      const block = await reserve({ firstPort, portCount: 1, leasedPorts: new Set() });
      assert.equal(block.coverPort(firstPort).state, "in-use");
      assert.deepEqual(block.uncoveredPorts(), [firstPort]);
    });
  });

  describe("what it tells of the host", () => {
    it("lists listening sockets and who has them, but not its own holds", async () => {
      const stranger = await freeRun(1);
      await listen(stranger);
      const block = await reserve({});
      await lease(block.firstPort, true);
      const seen = new Map(
        (await host.observeSockets("tcp")).map((socket) => [socket.localPort, socket]),
      );
      assert.equal(seen.get(stranger)?.state, "listen");
      assert.equal(seen.get(stranger)?.localAddress, "127.0.0.1");
      assert.equal(seen.get(block.firstPort)?.state, "listen");
      assert.ok(!seen.has(block.firstPort + 1));
      const ports = [stranger, block.firstPort, block.firstPort + 1];
      const holders = await host.findHolders("tcp", ports);
      assert.deepEqual(new Set(holders.keys()), new Set(ports.slice(0, 2)));
      for (const found of holders.values()) {
        assert.deepEqual(
          found.map((holder) => holder.processId),
          [program.processId],
        );
      }
    });

    it("finds no holders when asked for no ports", async () => {
      assert.equal((await host.findHolders("tcp", [])).size, 0);
    });

    it("identifies processes, the same one always equally", () => {
      const self = host.identifyProcess(process.pid);
      assert.ok(self !== null);
      assert.deepEqual(host.identifyProcess(process.pid), self);
      assert.equal(self.processId, process.pid);
      assert.notEqual(self.startTime, "");
      // The highest id that Linux can give out is below this.
      assert.equal(host.identifyProcess(5_000_000), null);
    });
  });
}

function hasCode(code: NativeErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof NativeError);
    assert.equal(error.code, code);
    return true;
  };
}

function overlap(a: PortRun, b: PortRun): boolean {
  return a.firstPort < b.firstPort + b.portCount && b.firstPort < a.firstPort + a.portCount;
}
