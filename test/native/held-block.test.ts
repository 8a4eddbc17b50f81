// What holding ports is for, tried with real second processes: who is kept out, who is let in, and what it costs.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { type HostPorts, openHostPorts, type ReservedBlock } from "@portlease/native";
import { portsPerSlice } from "#native/posix/held-block.js";
import { isServed } from "./support/connections.js";
import { describeOnLinux, itAsRoot, itIsolated } from "./support/linux-only.js";
import { OtherProcess } from "./support/other-process.js";
import { reserveIfFree, TestPorts } from "./support/test-ports.js";
import { blockRequest } from "../support/native-requests.js";

const addresses = ["127.0.0.1", "0.0.0.0", "::1", "::"] as const;
const sharePort = { do: "lease", bindMethod: "share-port" } as const;
const otherUserId = 65_534;

describeOnLinux("a held block", () => {
  let host: HostPorts;
  let ports: TestPorts;
  let others: OtherProcess[] = [];
  let blocks: ReservedBlock[] = [];

  before(async () => {
    host = openHostPorts();
    ports = await TestPorts.open(host);
  });

  afterEach(async () => {
    for (const other of others) await other.end();
    for (const block of blocks) await block.release();
    others = [];
    blocks = [];
  });

  after(() => ports.close());

  async function startOther(userId?: number): Promise<OtherProcess> {
    const other = await OtherProcess.start(userId === undefined ? {} : { userId });
    others.push(other);
    return other;
  }

  async function hold(portCount: number): Promise<ReservedBlock> {
    const block = await reserveIfFree(host, await ports.take(portCount), portCount);
    assert.ok(block !== null);
    blocks.push(block);
    return block;
  }

  /** Wherever there is room. */
  async function holdAnywhere(portCount: number): Promise<ReservedBlock> {
    const run = { firstPort: null, portCount, leasedPorts: null };
    const block = await host.reserveBlock(blockRequest(run));
    blocks.push(block);
    return block;
  }

  /**
   * Inside the range that the kernel picks from, around the ports that are in use there; in its lower half, because bind(0) with
   * SO_REUSEADDR (which Node always sets) looks there first.
   * https://github.com/torvalds/linux/blob/v6.18/net/ipv4/inet_connection_sock.c (inet_csk_find_open_port)
   */
  async function holdInDynamicRange(portCount: number): Promise<ReservedBlock> {
    const range = await host.dynamicRange("tcp");
    assert.ok(range !== null);
    const room = Math.max(range.portCount / 2 - portCount, 1);
    const firstPort = range.firstPort + Math.floor(Math.random() * room);
    const run = { firstPort, portCount, leasedPorts: new Set<number>() };
    const block = await host.reserveBlock(blockRequest(run));
    blocks.push(block);
    return block;
  }

  it("refuses every port on every address to a process that did not lease", async () => {
    const { firstPort, portCount } = await hold(8);
    const other = await startOther();
    const counts = await other.tell({ do: "tryAll", firstPort, portCount, addresses });
    assert.deepEqual(counts, { EADDRINUSE: 2 * portCount * addresses.length });
    const evasions = [
      { address: "::", ipv6Only: true },
      { address: "::ffff:127.0.0.1" },
      { address: "0.0.0.0", reuseAddress: true },
      { address: "::1", reuseAddress: true },
    ];
    for (const evasion of evasions) {
      const answer = await other.ask({ do: "bind", port: firstPort, ...evasion });
      assert.equal(answer.ok ? "OK" : answer.code, "EADDRINUSE", JSON.stringify(evasion));
    }
  });

  for (const address of addresses) {
    it(`lets the lessee bind and serve on ${address}, and refuses everybody else meanwhile`, async () => {
      const { firstPort: port } = await hold(1);
      const [lessee, stranger] = [await startOther(), await startOther()];
      await lessee.tell({ ...sharePort, port, address, serve: true });
      const reached = {
        "127.0.0.1": ["127.0.0.1"],
        "0.0.0.0": ["127.0.0.1"],
        "::1": ["::1"],
        "::": ["127.0.0.1", "::1"],
      };
      for (const target of reached[address]) {
        for (let round = 0; round < 20; round += 1) assert.ok(await isServed(port, target));
      }
      const run = { firstPort: port, portCount: 1 };
      const counts = await stranger.tell({ do: "tryAll", ...run, addresses });
      assert.deepEqual(counts, { EADDRINUSE: 2 * addresses.length });
    });
  }

  it("lets the next process of the same user serve as soon as the last one closed", async () => {
    const { firstPort: port } = await hold(1);
    const address = "::";
    for (let round = 0; round < 3; round += 1) {
      const lessee = await startOther();
      await lessee.tell({ ...sharePort, port, address, serve: true });
      assert.ok(await isServed(port, "127.0.0.1"));
      await lessee.tell({ do: "close", port });
    }
  });

  it("is not kept open by processes that the broker starts", async () => {
    const block = await hold(2);
    const child = await startOther();
    await block.release();
    const stranger = await startOther();
    const { firstPort, portCount } = block;
    const counts = await stranger.tell({ do: "tryAll", firstPort, portCount, addresses });
    assert.deepEqual(counts, { OK: 2 * portCount * addresses.length });
    assert.ok(child.processId > 0);
  });

  itAsRoot(
    "refuses other users even when they share ports, and tells the lessee why (semantics 24)",
    async () => {
      const { firstPort: port } = await hold(1);
      const other = await startOther(otherUserId);
      const counts = await other.tell({ do: "tryAll", firstPort: port, portCount: 1, addresses });
      assert.deepEqual(counts, { EADDRINUSE: 2 * addresses.length });
      for (const address of addresses) {
        const answer = await other.ask({ ...sharePort, port, address, serve: false });
        assert.ok(!answer.ok);
        assert.equal(answer.code, "WRONG_USER");
        assert.match(answer.message, /user id 0 .*user id 65534/);
      }
    },
  );

  it("is never picked for bind(0) or for outgoing connections, which do land there when it is gone", async function () {
    this.timeout(120_000);
    const block = await holdInDynamicRange(2_000);
    const held = new Set(Array.from({ length: 2_000 }, (_, offset) => block.firstPort + offset));
    for (const port of block.uncoveredPorts()) held.delete(port);
    assert.ok(held.size > 1_000);
    assert.deepEqual(await countPicksOf(held, 1_000), { bound: 0, connected: 0 });
    await block.release();
    // At least 3.5 % of the range: the chance of 1,000 picks without a hit is below 10^-15.
    const { bound, connected } = await countPicksOf(held, 1_000);
    assert.ok(bound > 0 && connected > 0, `${bound} ${connected}`);
  });

  it("holds 1,000 ports", async () => {
    const block = await holdAnywhere(1_000);
    assert.deepEqual(block.uncoveredPorts(), []);
    const other = await startOther();
    const lastPort = block.firstPort + 999;
    for (const firstPort of [block.firstPort, block.firstPort + 500, lastPort]) {
      const counts = await other.tell({ do: "tryAll", firstPort, portCount: 1, addresses });
      assert.deepEqual(counts, { EADDRINUSE: 2 * addresses.length });
    }
  });

  itIsolated(
    "holds 10,000 ports and gives other work its turn meanwhile, or says what to raise",
    async () => {
      const portCount = 10_000;
      const other = await OtherProcess.start({ isolated: true });
      others.push(other);
      const answer = await other.ask({ do: "reserve", firstPort: 20_000, portCount });
      if ((host.capabilities().descriptorsMax ?? Infinity) < portCount + 100) {
        assert.equal(answer.ok ? "OK" : answer.code, "DESCRIPTOR_LIMIT");
        return;
      }
      assert.equal(host.sharesNetwork(other.processId), false, "semantics 24");
      assert.ok(answer.ok);
      const { turns = 0, uncovered } = answer.counts;
      assert.equal(uncovered, 0);
      // Between slices, and hardly ever otherwise: at a given place there is nothing else to wait for.
      const slices = portCount / portsPerSlice;
      assert.ok(turns >= slices - 1 && turns <= slices + 1, `${turns} turns`);
      for (const firstPort of [20_000, 25_000, 29_999]) {
        const wildcards = { addresses: ["0.0.0.0", "::"], firstPort, portCount: 1 };
        assert.deepEqual(await other.tell({ do: "tryAll", ...wildcards }), { EADDRINUSE: 4 });
      }
      const outside = { addresses: ["0.0.0.0", "::"], firstPort: 30_000, portCount: 1 };
      assert.deepEqual(await other.tell({ do: "tryAll", ...outside }), { OK: 4 });
    },
  );

  it("says how many descriptors it needs and where to raise the limit, and opens none", async () => {
    const descriptorsMax = 300;
    const other = await OtherProcess.start({ descriptorsMax });
    others.push(other);
    const firstPort = await ports.take(1);
    const run = { firstPort, portCount: 1_000 };
    const answer = await other.ask({ do: "reserve", ...run });
    assert.ok(!answer.ok);
    assert.equal(answer.code, "DESCRIPTOR_LIMIT");
    assert.match(answer.message, /1000 ports.* hard limit of this process is 300\. .*ulimit -n/);
    assert.match(answer.message, /LimitNOFILE=\d{4}.*--ulimit nofile=\d{4}/);
    // The number it offers instead is right.
    const possible = Number(/reserve (\d+) ports or fewer/.exec(answer.message)?.[1]);
    const fits = await other.ask({ do: "reserve", firstPort, portCount: 1 });
    assert.ok(fits.ok);
    assert.ok(possible > 100 && possible < descriptorsMax);
  });
});

/** How many of `rounds` bind(0) and of as many outgoing connections get one of the ports. */
async function countPicksOf(
  ports: ReadonlySet<number>,
  rounds: number,
): Promise<{ bound: number; connected: number }> {
  const isAmong = (picked: number | undefined): number => {
    assert.ok(picked !== undefined && picked > 0);
    return ports.has(picked) ? 1 : 0;
  };
  const target = createServer((socket) => socket.on("error", () => undefined));
  target.listen(0, "0.0.0.0");
  await once(target, "listening");
  const { port } = target.address() as AddressInfo;
  let bound = 0;
  let connected = 0;
  for (let round = 0; round < rounds; round += 1) {
    const server = createServer().listen(0, round % 2 === 0 ? "127.0.0.1" : "::");
    await once(server, "listening");
    bound += isAmong((server.address() as AddressInfo).port);
    server.close();
    // The kernel counts up per destination; with a new one each time it begins anywhere.
    const client = connect({ port, host: `127.1.${round >> 8}.${round & 0xff}` });
    await once(client, "connect");
    connected += isAmong(client.localPort);
    client.resetAndDestroy();
  }
  target.close();
  await once(target, "close");
  return { bound, connected };
}
