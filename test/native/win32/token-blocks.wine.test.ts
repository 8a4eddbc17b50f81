// What reservations with tokens do beyond the contract: tokens that change and die, ports lost to others, processes without
// rights. What no page says of Windows is in undocumented-answers.wine.test.ts.

import assert from "node:assert/strict";
import {
  type HostPorts,
  NativeError,
  openHostPorts,
  type PortRun,
  type ReservedBlock,
  type ReserveBlockRequest,
} from "@portlease/native";
import { blockRequest } from "../../support/native-requests.js";
import { FreePorts } from "./support/free-ports.js";
import { controlPool } from "./support/pool-control.js";
import { WindowsProgram } from "./support/windows-program.js";

const sharingViolation = 32;

describe("blocks with tokens", () => {
  let host: HostPorts;
  let ports: FreePorts;
  let program: WindowsProgram;
  let blocks: ReservedBlock[] = [];
  let used: number[] = [];

  before(async () => {
    host = openHostPorts();
    ports = new FreePorts(host);
    program = await WindowsProgram.start();
  });

  after(() => program.end());

  afterEach(async () => {
    await controlPool("fault", "clear");
    for (const port of used) await program.close(port);
    for (const block of blocks) await block.remove();
    used = [];
    blocks = [];
  });

  /** Where nothing is said about the place, at one that no broker of another test picks meanwhile, not even after it was released. */
  async function reserve(request: Partial<ReserveBlockRequest>): Promise<ReservedBlock> {
    const place =
      request.pick === undefined ? { firstPort: ports.take(request.portCount ?? 1) } : {};
    const wish = { kind: "persistent", portCount: 1, ...place, ...request } as const;
    const block = await host.reserveBlock(blockRequest(wish));
    blocks.push(block);
    return block;
  }

  async function lease(block: ReservedBlock, port: number): Promise<void> {
    used.push(port);
    await program.lease(block, port, true);
  }

  /** The code with which the program is refused when it binds with a token that it had before. */
  async function bindWithToken(port: number, token: bigint, tokenPortCount = 1): Promise<string> {
    used.push(port);
    const answer = await program.ask({
      do: "bind",
      protocol: "tcp",
      port,
      address: "127.0.0.1",
      ipv6Only: false,
      bindMethod: "associate",
      token: String(token),
      tokenPortCount,
      listen: false,
    });
    return answer.ok ? "bound" : answer.code;
  }

  for (const kind of ["persistent", "runtime"] as const) {
    describe(`of kind ${kind} with isolation per-lease`, () => {
      const isolated = { kind, isolation: "per-lease" } as const;

      it("have one reservation per port, made anew when the port is reclaimed", async () => {
        const block = await reserve({ ...isolated, portCount: 3 });
        const port = block.firstPort + 1;
        const first = block.reservationOf(port);
        assert.deepEqual({ ...first, token: 0n }, { token: 0n, firstPort: port, portCount: 1 });
        assert.deepEqual(block.reclaimPort(port), { state: "free" });
        const second = block.reservationOf(port);
        assert.notEqual(second.token, first.token);
        await lease(block, port);
      });

      it("keep the token of a port that is still bound", async () => {
        const block = await reserve({ ...isolated, portCount: 2 });
        await lease(block, block.firstPort);
        const { token } = block.reservationOf(block.firstPort);
        assert.equal(block.reclaimPort(block.firstPort).state, "in-use");
        assert.equal(block.reservationOf(block.firstPort).token, token);
      });

      it("are refused above 256 ports", async () => {
        await assert.rejects(
          reserve({ ...isolated, pick: "auto", portCount: 257 }),
          hasCode("UNSUPPORTED"),
        );
      });
    });
  }

  it("of isolation per-lease shut a past holder out in the kernel (semantics 17)", async () => {
    const block = await reserve({ isolation: "per-lease", portCount: 2 });
    const port = block.firstPort;
    const { token } = block.reservationOf(port);
    assert.equal(await bindWithToken(port, token), "bound");
    await program.close(port);
    block.reclaimPort(port);
    assert.equal(await bindWithToken(port, token), "RESERVATION_GONE");
    assert.equal(await bindWithToken(port, block.reservationOf(port).token), "bound");
  });

  it("lose a port that somebody takes while its reservation is made anew, and get it back later", async () => {
    const block = await reserve({ isolation: "per-lease", portCount: 2 });
    const port = block.firstPort;
    await controlPool("fault", `CreatePersistentTcpPortReservation=${sharingViolation}*1`);
    assert.equal(block.reclaimPort(port).state, "in-use");
    assert.deepEqual(block.uncoveredPorts(), [port]);
    assert.equal(block.reservationOf(port).token, 0n);
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
    assert.deepEqual(block.uncoveredPorts(), []);
    await lease(block, port);
  });

  it("keep nothing when one of their one-port reservations is refused", async () => {
    const firstPort = ports.take(3);
    await program.listen(firstPort + 2);
    used.push(firstPort + 2);
    const refused = reserve({ isolation: "per-lease", firstPort, portCount: 3 });
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof NativeError);
      assert.equal(error.code, "PORT_TAKEN");
      assert.equal(error.fields.port, firstPort + 2);
      assert.equal(error.fields.errorNumber, sharingViolation);
      return true;
    });
    await reserve({ firstPort, portCount: 2 });
  });

  it("say which port is taken though Windows does not tell who has it", async () => {
    const firstPort = ports.take(2);
    await program.listen(firstPort);
    used.push(firstPort);
    await controlPool("fault", "GetExtendedTcpTable=5");
    await assert.rejects(reserve({ firstPort, portCount: 2 }), (error) => {
      assert.ok(error instanceof NativeError);
      assert.deepEqual([error.code, error.fields.port], ["PORT_TAKEN", firstPort]);
      return true;
    });
  });

  it("of isolation per-lease come back with their single reservations", async () => {
    const block = await reserve({ isolation: "per-lease", portCount: 3 });
    const { firstPort } = block;
    const tokens = tokensOf(block);
    await block.release();
    const leasedPorts = new Set<number>();
    const isolation = "per-lease";
    const again = await reserve({ isolation, firstPort, portCount: 3, leasedPorts });
    assert.deepEqual(tokensOf(again), tokens);
    const query = { kind: "persistent", protocol: "tcp", firstPort, portCount: 3 } as const;
    assert.equal(await host.hasReservation(query), false);
    assert.equal(await host.removeReservation(query), 3);
  });

  it("have new tokens after the host has started again", async () => {
    const block = await reserve({ portCount: 2 });
    const { firstPort } = block;
    const { token } = block.reservationOf(firstPort);
    await block.release();
    await controlPool("reboot");
    const again = await reserve({ firstPort, portCount: 2, leasedPorts: new Set([firstPort]) });
    assert.notEqual(again.reservationOf(firstPort).token, token);
    assert.equal(await bindWithToken(firstPort, token, 2), "RESERVATION_GONE");
    await lease(again, firstPort);
  });

  it("cover a port by itself when the whole reservation was removed behind their back", async () => {
    const block = await reserve({ portCount: 3 });
    const port = block.firstPort + 1;
    await controlPool("unreserve", "tcp", String(block.firstPort), "3");
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
    assert.deepEqual(block.uncoveredPorts(), [port - 1, port + 1]);
    assert.equal(block.reservationOf(port).portCount, 1);
    assert.deepEqual(block.coverPort(port - 1), { state: "free" });
    assert.deepEqual(block.reclaimPort(port + 1), { state: "free" });
    await lease(block, port);
  });

  it("at any place lie where the kernel says, and are tried elsewhere when that is lost", async () => {
    const intended: PortRun[] = [];
    const intend = (run: PortRun): Promise<void> => {
      intended.push(run);
      return Promise.resolve();
    };
    await controlPool("fault", `CreatePersistentTcpPortReservation=${sharingViolation}*2`);
    const block = await reserve({ pick: "any", portCount: 4, intend });
    assert.equal(intended.length, 3);
    assert.equal(new Set(intended.map((run) => run.firstPort)).size, 3);
    assert.equal(intended.at(-1)?.firstPort, block.firstPort);
    // Nothing of the search stays: the kernel offers the lost ones again.
    const lost = intended[0]?.firstPort ?? 0;
    await reserve({ firstPort: lost, portCount: 4 });
  });

  it("are given up when the search has lost too many places", async () => {
    await controlPool("fault", `CreatePersistentTcpPortReservation=${sharingViolation}`);
    await assert.rejects(reserve({ pick: "any" }), hasCode("NO_FREE_RANGE"));
  });

  it("come back around bound ports in few pieces, for kind runtime", async () => {
    const kind = "runtime";
    const before = await reserve({ kind, portCount: 16 });
    const { firstPort } = before;
    await lease(before, firstPort + 5);
    await before.release();
    const leasedPorts = new Set([firstPort + 5]);
    const block = await reserve({ kind, firstPort, portCount: 16, leasedPorts });
    assert.deepEqual(block.uncoveredPorts(), [firstPort + 5]);
    assert.equal(block.reservationOf(firstPort + 15).portCount, 8);
    await program.close(firstPort + 5);
    assert.deepEqual(block.reclaimPort(firstPort + 5), { state: "free" });
  });

  it("are found by TCP and UDP apart", async () => {
    const tcp = await reserve({ portCount: 2 });
    const udp = await reserve({ protocol: "udp", firstPort: tcp.firstPort, portCount: 2 });
    assert.equal(udp.protocol, "udp");
    assert.notEqual(udp.reservationOf(udp.firstPort).token, tcp.reservationOf(tcp.firstPort).token);
    await tcp.remove();
    const query = { kind: "persistent", firstPort: tcp.firstPort, portCount: 2 } as const;
    assert.equal(await host.hasReservation({ ...query, protocol: "tcp" }), false);
    assert.equal(await host.hasReservation({ ...query, protocol: "udp" }), true);
  });

  it("are not removed when Windows refuses that, and can be removed later", async () => {
    const block = await reserve({ portCount: 2 });
    await controlPool("fault", "DeletePersistentTcpPortReservation=5*1");
    await assert.rejects(block.remove(), hasCode("ACCESS_DENIED"));
    await block.remove();
    await reserve({ firstPort: block.firstPort, portCount: 2 });
  });

  describe("for a process without rights", () => {
    it("are bound by handoff only", async () => {
      const block = await reserve({ portCount: 2 });
      const sidecar = await WindowsProgram.start({ PORTPOOL_NOT_ELEVATED: "1" });
      try {
        await assert.rejects(sidecar.lease(block, block.firstPort, true), /ACCESS_DENIED/);
        const address = { address: "::", ipv6Only: false } as const;
        const transfer = block.bindForTransfer({ port: block.firstPort, ...address });
        const protocolInfo = Buffer.from(transfer.duplicateFor(sidecar.processId)).toString("hex");
        const open = {
          protocol: "tcp",
          port: block.firstPort,
          protocolInfo,
          listen: true,
        } as const;
        await sidecar.tell({ do: "open", ...open });
        transfer.close();
        transfer.close();
        assert.equal(block.reclaimPort(block.firstPort).state, "in-use");
      } finally {
        await sidecar.end();
      }
      assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
    });

    it("are of kind runtime, and say how to get others", async () => {
      process.env["PORTPOOL_NOT_ELEVATED"] = "1";
      try {
        const poor = openHostPorts();
        const { elevated, kinds, autoKind, autoKindReason } = poor.capabilities();
        assert.equal(elevated, false);
        assert.deepEqual([kinds, autoKind], [["runtime"], "runtime"]);
        assert.match(autoKindReason, /run it as administrator/);
        for (const kind of ["persistent", "administered"] as const) {
          await assert.rejects(poor.reserveBlock(blockRequest({ kind })), hasCode("ACCESS_DENIED"));
        }
        const block = await poor.reserveBlock(blockRequest({ kind: "runtime", pick: "any" }));
        assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
        await block.release();
      } finally {
        delete process.env["PORTPOOL_NOT_ELEVATED"];
      }
    });

    it("say what to do when a token says elevated but Windows refuses", async () => {
      await controlPool("fault", "CreatePersistentTcpPortReservation=5*1");
      await assert.rejects(reserve({ portCount: 2 }), (error) => {
        assert.ok(error instanceof NativeError);
        assert.equal(error.code, "ACCESS_DENIED");
        assert.equal(error.fields.errorName, "ERROR_ACCESS_DENIED");
        assert.match(error.message, /Run it as administrator/);
        return true;
      });
    });
  });

  function tokensOf(block: ReservedBlock): readonly bigint[] {
    return [0, 1, 2].map((offset) => block.reservationOf(block.firstPort + offset).token);
  }
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof NativeError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
