// Listening with Node servers on sockets that were bound outside of Node.

import assert from "node:assert/strict";
import cluster from "node:cluster";
import { once } from "node:events";
import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import { createServer as createHttpServer, get, type IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  adoptTcpSocket,
  type BindMethod,
  type BoundSocket,
  type HostPorts,
  type LesseeSockets,
  listenOnLeased,
  NativeError,
  openHostPorts,
  openLesseeSockets,
  type ReservedBlock,
} from "@portlease/native";
import { FakeHostPorts } from "@portlease/native/fake";
import { describeOnLinux } from "./support/linux-only.js";
import { reserveIfFree, TestPorts } from "./support/test-ports.js";

describeOnLinux("adoption", () => {
  let host: HostPorts;
  let lessee: LesseeSockets;
  let ports: TestPorts;
  let block: ReservedBlock;
  let port: number;

  before(async () => {
    host = openHostPorts();
    lessee = openLesseeSockets();
    ports = await TestPorts.open(host);
  });

  beforeEach(async () => {
    port = await ports.take(1);
    const reserved = await reserveIfFree(host, port, 1);
    assert.ok(reserved !== null);
    block = reserved;
  });

  afterEach(() => block.release());

  after(() => ports.close());

  function bind(address = "127.0.0.1", bindMethod: BindMethod = "share-port"): BoundSocket {
    const leased = { protocol: "tcp", port, address, ipv6Only: false } as const;
    return lessee.bindLeased({ ...leased, bindMethod, token: 0n, tokenPortCount: 1 });
  }

  /** Closed descriptors are gone from /dev/fd, or belong to another file by now. */
  function isOpen(descriptor: number, inode: number): boolean {
    return existsSync(`/dev/fd/${descriptor}`) && fstatSync(descriptor).ino === inode;
  }

  it("serves HTTP on the leased port, over IPv4 and IPv6", async () => {
    const server = createHttpServer((_request, response) => response.end("served"));
    await listenOnLeased(server, bind("::"));
    assert.deepEqual(server.address(), { address: "::", family: "IPv6", port });
    for (const hostname of ["127.0.0.1", "::1"]) {
      const [response] = (await once(get({ hostname, port, agent: false }), "response")) as [
        IncomingMessage,
      ];
      assert.equal(response.statusCode, 200);
      response.resume();
      await once(response, "end");
    }
    server.close();
    await once(server, "close");
  });

  it("makes the server the owner of the descriptor", async () => {
    const socket = bind();
    const { ino } = fstatSync(socket.descriptor);
    const server = createServer();
    await listenOnLeased(server, socket, { backlog: 16 });
    socket.close();
    assert.ok(isOpen(socket.descriptor, ino));
    assert.equal(block.reclaimPort(port).state, "in-use");
    server.close();
    await once(server, "close");
    assert.ok(!isOpen(socket.descriptor, ino));
    // Whatever gets the number now is not closed by mistake.
    const next = openSync("/dev/null", "r");
    socket.close();
    fstatSync(next);
    closeSync(next);
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
  });

  it("asks beforeListen in the same tick, and closes the socket when it throws", async () => {
    const socket = bind();
    const { ino } = fstatSync(socket.descriptor);
    const server = createServer();
    const expired = new Error("the lease ran out");
    let asked = false;
    const listening = listenOnLeased(server, socket, {
      beforeListen: () => {
        asked = true;
        throw expired;
      },
    });
    assert.ok(asked);
    await assert.rejects(listening, expired);
    assert.ok(!server.listening);
    assert.ok(!isOpen(socket.descriptor, ino));
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
  });

  it("does not listen before beforeListen is done", async () => {
    const server = createServer();
    let refused = "";
    const socket = bind();
    await listenOnLeased(server, socket, {
      beforeListen: () => {
        const check = block.reclaimPort(port);
        refused = check.state === "in-use" ? check.reason : "free";
      },
    });
    assert.doesNotMatch(refused, /listens/);
    assert.match(refused, /without listening/);
    server.close();
    await once(server, "close");
  });

  it("sets SO_REUSEADDR in time: the port can be bound again at once after it served", async () => {
    for (let round = 0; round < 3; round += 1) {
      const server = createServer((connection) => connection.end("served"));
      await listenOnLeased(server, bind());
      const client = connect({ port, host: "127.0.0.1" });
      client.resume();
      await once(client, "close");
      server.close();
      await once(server, "close");
    }
    await block.release();
    // Without SO_REUSEADDR on the last server, this plain one would be refused for a minute.
    const plain = createServer().listen(port, "127.0.0.1");
    await once(plain, "listening");
    plain.close();
    await once(plain, "close");
  });

  it("rejects when the server listens already, and closes the socket only", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = bind();
    await assert.rejects(listenOnLeased(server, socket), { code: "ERR_SERVER_ALREADY_LISTEN" });
    assert.ok(server.listening);
    server.close();
    await once(server, "close");
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
  });

  it("rejects with the server's error when the system refuses to listen", async () => {
    await block.release();
    // Unheld ports are bound with SO_REUSEADDR, which lets two in and only one of them listen.
    const [first, second] = [bind("127.0.0.1", "plain"), bind("127.0.0.1", "plain")];
    const { ino } = fstatSync(second.descriptor);
    const server = createServer();
    await listenOnLeased(server, first);
    const refused = createServer();
    await assert.rejects(listenOnLeased(refused, second), { code: "EADDRINUSE" });
    assert.ok(!refused.listening);
    await nextTurn();
    assert.ok(!isOpen(second.descriptor, ino));
    server.close();
    await once(server, "close");
  });

  it("refuses a descriptor that is none, and leaves it to the caller", () => {
    const fake = new FakeHostPorts();
    const leased = { protocol: "tcp", port, address: "::", ipv6Only: false } as const;
    const socket = fake
      .openLesseeSockets()
      .bindLeased({ ...leased, bindMethod: "plain", token: 0n, tokenPortCount: 1 });
    assert.throws(
      () => adoptTcpSocket(socket),
      (error) => error instanceof NativeError && error.fields.errorName === "EBADF",
    );
    socket.prepareListen();
    socket.close();
  });

  it("treats use after close or detach as a programmer error", () => {
    const closed = bind();
    closed.close();
    closed.close();
    assert.throws(() => closed.prepareListen(), /is closed/);
    assert.throws(() => adoptTcpSocket(closed));
    const detached = bind();
    const handle = adoptTcpSocket(detached);
    assert.throws(() => detached.prepareListen(), /is detached/);
    handle.close();
  });

  it("listens in a cluster worker itself, not through the primary (semantics 29)", async () => {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL("support/cluster-worker-main.js", import.meta.url)),
      args: [],
    });
    const worker = cluster.fork();
    try {
      await once(worker, "message");
      worker.send(port);
      const [address] = (await once(worker, "message")) as [unknown];
      assert.deepEqual(address, { address: "127.0.0.1", family: "IPv4", port });
      const holders = (await host.findHolders("tcp", [port])).get(port) ?? [];
      assert.deepEqual(
        holders.map((holder) => holder.processId),
        [worker.process.pid],
      );
      const client = connect({ port, host: "127.0.0.1" });
      const [data] = (await once(client, "data")) as [Buffer];
      assert.equal(data.toString(), `worker ${worker.process.pid}\n`);
    } finally {
      const exited = once(worker, "exit");
      worker.process.kill("SIGKILL");
      await exited;
    }
  });
});
