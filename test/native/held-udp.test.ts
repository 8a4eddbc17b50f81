// UDP ports held by unlistened sockets (HELD, Linux; semantics.md 23), with real datagrams.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  bindOnLeased,
  type HostPorts,
  openHostPorts,
  openLesseeSockets,
  type ReservedBlock,
} from "@portlease/native";
import { blockRequest } from "../support/native-requests.js";
import { describeOnLinux } from "./support/linux-only.js";
import { TestPorts } from "./support/test-ports.js";

/** Enough for a share of one half to show: it would miss all of them once in 2^100 runs. */
const datagrams = 100;

describeOnLinux("a held block of UDP ports", () => {
  let host: HostPorts;
  let ports: TestPorts;
  let blocks: ReservedBlock[] = [];
  let sockets: Socket[] = [];

  before(async () => {
    host = openHostPorts();
    ports = await TestPorts.open(host);
  });

  afterEach(async () => {
    for (const socket of sockets) socket.close();
    for (const block of blocks) await block.remove();
    blocks = [];
    sockets = [];
  });

  after(() => ports.close());

  async function hold(firstPort: number, leased: readonly number[] | null = null) {
    const leasedPorts = leased === null ? null : new Set(leased);
    const run = { kind: "held", protocol: "udp", firstPort, portCount: 2, leasedPorts } as const;
    const block = await host.reserveBlock(blockRequest(run));
    blocks.push(block);
    return block;
  }

  async function lease(port: number, address: string): Promise<Socket> {
    const bound = openLesseeSockets().bindLeased({
      protocol: "udp",
      port,
      address,
      ipv6Only: false,
      bindMethod: "share-port",
      token: 0n,
      tokenPortCount: 1,
    });
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    await bindOnLeased(socket, bound);
    sockets.push(socket);
    return socket;
  }

  function close(socket: Socket): void {
    sockets = sockets.filter((other) => other !== socket);
    socket.close();
  }

  for (const [address, to] of [
    ["::", "127.0.0.1"],
    ["::", "::1"],
    ["0.0.0.0", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
  ] as const) {
    it(`leaves every datagram to ${to} to its lessee on ${address}, also when it binds again (semantics 23)`, async () => {
      const firstPort = await ports.take(2);
      await hold(firstPort);
      for (let round = 0; round < 2; round += 1) {
        const lessee = await lease(firstPort, address);
        assert.equal(await received(lessee, firstPort, to), datagrams);
        close(lessee);
      }
    });
  }

  it("is refused to everybody who shares no port, on every address", async () => {
    const firstPort = await ports.take(2);
    await hold(firstPort);
    for (const address of ["127.0.0.1", "0.0.0.0", "::", "::1"]) {
      for (const reuseAddr of [false, true]) {
        const type = address.includes(":") ? "udp6" : "udp4";
        const stranger = createSocket({ type, reuseAddr });
        sockets.push(stranger);
        stranger.bind(firstPort, address);
        const [error] = (await once(stranger, "error")) as [NodeJS.ErrnoException];
        assert.equal(error.code, "EADDRINUSE");
      }
    }
  });

  it("is not granted while anybody is bound on any address, and names who is there (semantics 22)", async () => {
    const firstPort = await ports.take(2);
    const block = await hold(firstPort);
    for (const address of ["::", "0.0.0.0", "127.0.0.1", "::1"]) {
      const lessee = await lease(firstPort, address);
      const check = block.reclaimPort(firstPort);
      assert.equal(check.state, "in-use");
      assert.match(check.state === "in-use" ? check.reason : "", /user id \d+ is bound to/);
      close(lessee);
      assert.deepEqual(block.reclaimPort(firstPort), { state: "free" });
    }
    const lessee = await lease(firstPort, "::");
    assert.equal(await received(lessee, firstPort, "127.0.0.1"), datagrams);
  });

  it("comes back around a lessee that stayed, which loses no datagram, and covers its port once it is free", async () => {
    const firstPort = await ports.take(2);
    const before = await hold(firstPort);
    const lessee = await lease(firstPort, "::");
    await before.release();
    const block = await hold(firstPort, [firstPort]);
    assert.deepEqual(block.uncoveredPorts(), [firstPort]);
    assert.equal(block.coverPort(firstPort).state, "in-use");
    assert.equal(await received(lessee, firstPort, "127.0.0.1"), datagrams);
    close(lessee);
    assert.deepEqual(block.coverPort(firstPort), { state: "free" });
    assert.deepEqual(block.uncoveredPorts(), []);
    const again = await lease(firstPort, "::");
    assert.equal(await received(again, firstPort, "127.0.0.1"), datagrams);
  });

  it("lists its lessees among the host's sockets, and not its holds", async () => {
    const firstPort = await ports.take(2);
    await hold(firstPort);
    await lease(firstPort, "127.0.0.1");
    const listed = (await host.observeSockets("udp"))
      .map(({ localPort }) => localPort)
      .filter((port) => port === firstPort || port === firstPort + 1);
    assert.deepEqual(listed, [firstPort]);
    const holders = await host.findHolders("udp", [firstPort, firstPort + 1]);
    assert.deepEqual([...holders.keys()], [firstPort]);
    assert.equal(holders.get(firstPort)?.[0]?.processId, process.pid);
  });

  it("refuses a new block around a port that is taken, and says by whom", async () => {
    const firstPort = await ports.take(2);
    const stranger = createSocket("udp4");
    sockets.push(stranger);
    stranger.bind(firstPort + 1, "127.0.0.1");
    await once(stranger, "listening");
    await assert.rejects(hold(firstPort), {
      code: "PORT_TAKEN",
      message: new RegExp(`${firstPort + 1} .*user id .* Held by process ${process.pid}`),
    });
  });
});

/** How many of the datagrams that are sent to the port reach the socket. A last one that is seen says that all others came before. */
async function received(socket: Socket, port: number, to: string): Promise<number> {
  let count = 0;
  const onMessage = (message: Buffer): void => {
    if (message.toString() === "count") count += 1;
  };
  socket.on("message", onMessage);
  try {
    // From another port each: the kernel spreads by sender.
    for (let index = 0; index < datagrams; index += 1) await sendFromNewPort("count", port, to);
    const end = `end of ${port}`;
    const ended = new Promise<void>((resolve) => {
      socket.on("message", (message) => {
        if (message.toString() === end) resolve();
      });
    });
    for (let index = 0; index < datagrams; index += 1) await sendFromNewPort(end, port, to);
    await ended;
    return count;
  } finally {
    socket.off("message", onMessage);
  }
}

async function sendFromNewPort(text: string, port: number, to: string): Promise<void> {
  const sender = createSocket(to.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    sender.send(text, port, to, (error) => (error === null ? resolve() : reject(error)));
  });
  sender.close();
}
