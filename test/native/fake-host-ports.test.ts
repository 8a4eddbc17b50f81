// The fake host: the contract of every host, and its script.

import assert from "node:assert/strict";
import {
  type BoundSocket,
  NativeError,
  type ReservationKind,
  type ReservedBlock,
} from "@portlease/native";
import { FakeHostPorts, type FakeSocket } from "@portlease/native/fake";
import { type ContractHost, hostPortsContract } from "./host-ports-contract.js";
import { blockRequest } from "../support/native-requests.js";

const everyKind = ["held", "persistent", "runtime", "administered"] as const;

const leased = {
  protocol: "tcp",
  address: "127.0.0.1",
  ipv6Only: false,
  token: 0n,
  tokenPortCount: 1,
} as const;

function openContractHost(kind: ReservationKind): Promise<ContractHost> {
  const kinds = everyKind.filter((each) => each === kind || each === "held");
  const host = new FakeHostPorts({ capabilities: { kinds } });
  const processId = 777;
  const lessee = host.openLesseeSockets({ processId });
  const closers = new Map<number, () => void>();
  let next = 10_000;
  const bind = (block: ReservedBlock, port: number): BoundSocket => {
    const { bindMethod } = block;
    if (bindMethod === "handoff") {
      const transfer = block.bindForTransfer({ ...leased, port });
      const protocolInfo = transfer.duplicateFor(processId);
      const socket = lessee.openTransferred({ protocol: "tcp", port, protocolInfo });
      transfer.close();
      return socket;
    }
    const { token, portCount } = block.reservationOf(port);
    return lessee.bindLeased({ ...leased, port, bindMethod, token, tokenPortCount: portCount });
  };
  return Promise.resolve({
    host,
    absentKind: kind === "persistent" ? "runtime" : "persistent",
    freeRun: (portCount) => {
      next += portCount;
      return Promise.resolve(next - portCount);
    },
    program: {
      processId,
      listen: async (port) => {
        await Promise.resolve();
        const socket: FakeSocket = host.openSocket({ port, processId, address: "127.0.0.1" });
        closers.set(port, () => socket.close());
      },
      lease: async (block, port, listen) => {
        await Promise.resolve();
        const socket = bind(block, port);
        if (listen) socket.listen(16);
        closers.set(port, () => socket.close());
      },
      close: (port) => {
        closers.get(port)?.();
        return Promise.resolve();
      },
    },
  });
}

describe("FakeHostPorts", () => {
  for (const kind of everyKind) {
    describe(`with blocks of kind ${kind}`, () => {
      hostPortsContract(kind, () => openContractHost(kind));
    });
  }

  const run = { firstPort: 20_000, portCount: 4, leasedPorts: null };

  it("fails as scripted, once and in order", async () => {
    const host = new FakeHostPorts();
    const first = new NativeError("OS_ERROR", "first");
    const second = new NativeError("DESCRIPTOR_LIMIT", "second");
    host.failNext("reserveBlock", first);
    host.failNext("reserveBlock", second);
    const reserve = () => host.reserveBlock(blockRequest(run));
    await assert.rejects(reserve(), first);
    await assert.rejects(reserve(), second);
    const block = await reserve();
    host.failNext("reclaimPort", first);
    assert.throws(() => block.reclaimPort(20_000), first);
    assert.deepEqual(block.reclaimPort(20_000), { state: "free" });
  });

  it("plays a Windows host: persistent blocks admit only sockets with the token", async () => {
    const capabilities = { kinds: ["persistent", "runtime"], autoKind: "persistent" } as const;
    const host = new FakeHostPorts({ capabilities });
    const block = await host.reserveBlock(
      blockRequest({ kind: "persistent", protocol: "udp", ...run }),
    );
    const { token } = block.reservationOf(20_001);
    assert.equal(block.bindMethod, "associate");
    assert.ok(token > 2n ** 53n);
    const bind = { ...leased, protocol: "udp", port: 20_001, bindMethod: "associate" } as const;
    const lessee = host.openLesseeSockets();
    const isRefused = (error: unknown) =>
      error instanceof NativeError && error.code === "ACCESS_DENIED";
    assert.throws(() => lessee.bindLeased({ ...bind, token: token + 1n }), isRefused);
    assert.throws(() => host.openSocket({ protocol: "udp", port: 20_001 }), isRefused);
    lessee.bindLeased({ ...bind, token });
    assert.equal(block.reclaimPort(20_001).state, "in-use");
  });

  it("refuses a held port to a lessee of another user", async () => {
    const host = new FakeHostPorts();
    await host.reserveBlock(blockRequest(run));
    const other = host.openLesseeSockets({ userId: 1_000 });
    const bind = { ...leased, port: 20_000, bindMethod: "share-port" } as const;
    assert.throws(
      () => other.bindLeased(bind),
      (error) => error instanceof NativeError && error.code === "WRONG_USER",
    );
  });

  it("lets a second process of the same user share a held port, as the real hosts do", async () => {
    const host = new FakeHostPorts();
    const block = await host.reserveBlock(blockRequest(run));
    const bind = { ...leased, port: 20_000, bindMethod: "share-port" } as const;
    for (const processId of [1, 2]) host.openLesseeSockets({ processId }).bindLeased(bind);
    assert.match(JSON.stringify(block.reclaimPort(20_000)), /and 1 more sockets/);
  });

  it("does not protect uncovered ports", async () => {
    const host = new FakeHostPorts();
    host.openSocket({ port: 20_000, address: "127.0.0.1" });
    const again = { ...run, leasedPorts: new Set<number>() };
    const block = await host.reserveBlock(blockRequest(again));
    assert.deepEqual(block.uncoveredPorts(), [20_000]);
    host.openSocket({ port: 20_000, address: "::1" });
    assert.throws(() => host.openSocket({ port: 20_000, address: "127.0.0.1" }));
    assert.throws(() => host.openSocket({ port: 20_001, address: "::1" }));
  });

  it("closes the sockets of a process that ends, and forgets blocks of a broker that was killed", async () => {
    const host = new FakeHostPorts();
    const request = blockRequest(run);
    await host.reserveBlock(request);
    host.dropReservations();
    host.openSocket({ port: 20_000, processId: 9 });
    await assert.rejects(host.reserveBlock(request));
    host.endProcess(9);
    assert.equal(host.identifyProcess(9), null);
    const block = await host.reserveBlock(request);
    assert.deepEqual(block.uncoveredPorts(), []);
  });

  it("takes what ended connections leave for free", async () => {
    const host = new FakeHostPorts();
    const block = await host.reserveBlock(blockRequest(run));
    host.openSocket({ port: 20_000, state: "time-wait" });
    assert.deepEqual(block.reclaimPort(20_000), { state: "free" });
  });

  it("says when there is no run long enough", async () => {
    const dynamicRange = { firstPort: 1_100, portCount: 64_400 };
    const host = new FakeHostPorts({ dynamicRange });
    const reserve = host.reserveBlock(blockRequest({ portCount: 77 }));
    await assert.rejects(
      reserve,
      (error) => error instanceof NativeError && error.code === "NO_FREE_RANGE",
    );
  });
});
