// What every HostPorts and LesseeSockets must do for a kind of reservation, run against the fake and the real ones. Register it
// inside a describe block, once per kind. What differs by kind is in the table below and nowhere else.

import assert from "node:assert/strict";
import type {
  BindMethod,
  HostPorts,
  NativeErrorCode,
  PortRun,
  ReservationKind,
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
  /** Binds a leased port of the block on 127.0.0.1 as its kind has it, and listens where asked. Rejects with the code of the refusal. */
  lease(block: ReservedBlock, port: number, listen: boolean): Promise<void>;
  close(port: number): Promise<void>;
}

/** One host to test, with a program on it. */
export interface ContractHost {
  readonly host: HostPorts;
  /** A kind that the host does not have. */
  readonly absentKind: ReservationKind;
  readonly program: ContractProgram;
  /** The first of `portCount` ports that nobody uses. */
  freeRun(portCount: number): Promise<number>;
}

interface KindTraits {
  readonly bindMethod: BindMethod;
  readonly hasToken: boolean;
  /** A plain bind by number is refused. */
  readonly keepsStrangersOut: boolean;
  /** Found again by another process after `release`. */
  readonly outlivesProcess: boolean;
  /** Can be had while a lessee is bound to the port. */
  readonly coversBesideLessees: boolean;
}

const traitsOf: Record<ReservationKind, KindTraits> = {
  held: {
    bindMethod: "share-port",
    hasToken: false,
    keepsStrangersOut: true,
    outlivesProcess: false,
    coversBesideLessees: true,
  },
  persistent: {
    bindMethod: "associate",
    hasToken: true,
    keepsStrangersOut: true,
    outlivesProcess: true,
    coversBesideLessees: false,
  },
  runtime: {
    bindMethod: "handoff",
    hasToken: true,
    keepsStrangersOut: true,
    outlivesProcess: false,
    coversBesideLessees: false,
  },
  administered: {
    bindMethod: "plain",
    hasToken: false,
    keepsStrangersOut: false,
    outlivesProcess: true,
    coversBesideLessees: false,
  },
};

export function hostPortsContract(kind: ReservationKind, open: () => Promise<ContractHost>): void {
  const traits = traitsOf[kind];
  let host: HostPorts;
  let absentKind: ReservationKind;
  let program: ContractProgram;
  let freeRun: (portCount: number) => Promise<number>;
  let blocks: ReservedBlock[] = [];
  let used: number[] = [];

  before(async () => {
    const opened = await open();
    ({ host, program, absentKind } = opened);
    freeRun = (portCount) => opened.freeRun(portCount);
  });

  afterEach(async () => {
    for (const port of used) await program.close(port);
    for (const block of blocks) await block.remove();
    used = [];
    blocks = [];
  });

  async function reserve(request: Partial<ReserveBlockRequest>): Promise<ReservedBlock> {
    const block = await host.reserveBlock(blockRequest({ kind, ...request }));
    blocks.push(block);
    return block;
  }

  async function listen(port: number): Promise<void> {
    await program.listen(port);
    used.push(port);
  }

  async function lease(block: ReservedBlock, port: number, listening = false): Promise<void> {
    await program.lease(block, port, listening);
    used.push(port);
  }

  /** A plain listener is shut out of the port, where the kind does that. */
  async function isProtected(port: number): Promise<void> {
    if (traits.keepsStrangersOut) await assert.rejects(listen(port));
  }

  describe("capabilities", () => {
    it("names the kinds it can reserve and which one auto stands for", () => {
      const { kinds, autoKind, autoKindReason } = host.capabilities();
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
      await assert.rejects(reserve({ kind: absentKind }), hasCode("UNSUPPORTED"));
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
      const dynamicRange = await host.dynamicRange("tcp");
      // Before: Windows lists its reservations there too.
      const excluded = (await host.excludedRanges("tcp")) ?? [];
      const first = await reserve({ portCount: 8 });
      const second = await reserve({ portCount: 8 });
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
      assert.deepEqual(block.uncoveredPorts(), [...lessees, firstPort + 4]);
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
      assert.deepEqual(block.uncoveredPorts(), [firstPort, firstPort + 1]);
    });

    it("needs to be told where it was", async () => {
      await assert.rejects(
        reserve({ leasedPorts: new Set(), firstPort: null }),
        hasCode("RANGE_INVALID"),
      );
    });
  });

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

  describe("release", () => {
    it("may be called twice, and leaves what outlives processes", async () => {
      const { firstPort } = await releasedBlock();
      const query = { kind, protocol: "tcp", firstPort, portCount: 2 } as const;
      assert.equal(await host.hasReservation(query), traits.outlivesProcess);
      assert.equal(await host.hasReservation({ ...query, portCount: 1 }), false);
      const leasedPorts = new Set<number>();
      const block = await reserve({ firstPort, portCount: 2, leasedPorts });
      assert.deepEqual(block.uncoveredPorts(), []);
    });

    it("leaves what can be removed by its run", async () => {
      const { firstPort } = await releasedBlock();
      const query = { kind, protocol: "tcp", firstPort, portCount: 2 } as const;
      assert.equal(await host.removeReservation(query), traits.outlivesProcess ? 1 : 0);
      assert.equal(await host.removeReservation(query), 0);
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
        seen.push({ run, there: await host.hasReservation(query) });
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
        await program.close(block.firstPort);
        assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
        await isProtected(block.firstPort);
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
      assert.deepEqual(block.uncoveredPorts(), [firstPort]);
      if (!traits.coversBesideLessees) {
        assert.equal(block.coverPort(firstPort).state, "in-use");
        await program.close(firstPort);
      }
      assert.deepEqual(block.coverPort(firstPort), { state: "free" });
      assert.deepEqual(block.coverPort(firstPort), { state: "free" });
      assert.deepEqual(block.uncoveredPorts(), []);
      await program.close(firstPort);
      await isProtected(firstPort);
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
      await lease(block, block.firstPort, true);
      // Ended connections of others may be in the tables, too.
      const listening = (await host.observeSockets("tcp")).filter(
        ({ state }) => state === "listen",
      );
      const seen = new Map(listening.map((socket) => [socket.localPort, socket]));
      assert.equal(seen.get(stranger)?.localAddress, "127.0.0.1");
      assert.ok(seen.has(block.firstPort));
      assert.ok(!seen.has(block.firstPort + 1));
      const ports = [stranger, block.firstPort, block.firstPort + 1];
      const holders = await host.findHolders("tcp", ports);
      assert.deepEqual(new Set(holders.keys()), new Set(ports.slice(0, 2)));
      const idsOn = (port: number): readonly number[] =>
        (holders.get(port) ?? []).map((holder) => holder.processId);
      assert.deepEqual(idsOn(stranger), [program.processId]);
      // A socket that was handed over may show the process that bound it.
      const owners =
        traits.bindMethod === "handoff" ? [program.processId, process.pid] : [program.processId];
      assert.ok(idsOn(block.firstPort).every((id) => owners.includes(id)));
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
      // The highest id that Linux can give out is below this; those of Windows are multiples of four.
      assert.equal(host.identifyProcess(5_000_001), null);
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
