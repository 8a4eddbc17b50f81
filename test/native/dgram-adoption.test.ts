// Node's dgram sockets on UDP sockets that were bound outside of it.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { adoptUdpSocket, bindOnLeased, NativeError, type BoundSocket } from "@portlease/native";
import { UdpLesseeSockets } from "../support/udp-lessee-sockets.js";
import { describeOnLinux } from "./support/linux-only.js";

describeOnLinux("adoption of UDP sockets", () => {
  const lessee = new UdpLesseeSockets();
  const sockets: Socket[] = [];

  const open = (type: "udp4" | "udp6"): Socket => {
    const socket = createSocket(type);
    sockets.push(socket);
    return socket;
  };
  afterEach(async () => {
    const closing = sockets.splice(0).map((socket) => [socket, once(socket, "close")] as const);
    await Promise.all(closing.map(([socket, closed]) => (socket.close(), closed)));
  });

  /** Sends one datagram to the socket, waits for it to answer, and returns the answer. */
  async function echo(server: Socket, type: "udp4" | "udp6", host: string): Promise<string> {
    server.once("message", (message, from) => server.send(message, from.port, from.address));
    const client = open(type);
    client.send("hello", server.address().port, host);
    const [answer] = (await once(client, "message")) as [Buffer];
    return answer.toString();
  }

  it("receives and sends on an IPv4 socket", async () => {
    const server = open("udp4");
    const bound = lessee.bind("127.0.0.1");
    await bindOnLeased(server, bound);
    // Not its business any more.
    bound.close();
    assert.deepEqual(server.address(), {
      address: "127.0.0.1",
      port: bound.port,
      family: "IPv4",
    });
    assert.equal(await echo(server, "udp4", "127.0.0.1"), "hello");
  });

  it("receives and sends on an IPv6 socket, and takes IPv4 with a dual-stack one", async () => {
    const server = open("udp6");
    await bindOnLeased(server, lessee.bind("::"));
    assert.equal(await echo(server, "udp6", "::1"), "hello");
    assert.equal(await echo(server, "udp4", "127.0.0.1"), "hello");
  });

  it("emits listening before it resolves", async () => {
    const server = open("udp4");
    let told = 0;
    server.on("listening", () => (told += 1));
    await bindOnLeased(server, lessee.bind("127.0.0.1"));
    assert.equal(told, 1);
  });

  it("closes the descriptor with the dgram socket", async () => {
    const server = createSocket("udp4");
    const bound = lessee.bind("127.0.0.1");
    await bindOnLeased(server, bound);
    assert.throws(() => lessee.bind("127.0.0.1", bound.port));
    server.close();
    await once(server, "close");
    lessee.bind("127.0.0.1", bound.port).close();
  });

  it("closes the bound socket when the dgram socket is bound already, and leaves that as it was", async () => {
    const server = open("udp4");
    await bindOnLeased(server, lessee.bind("127.0.0.1"));
    const second = lessee.bind("127.0.0.1");
    await assert.rejects(bindOnLeased(server, second), { code: "ERR_SOCKET_ALREADY_BOUND" });
    lessee.bind("127.0.0.1", second.port).close();
    assert.equal(await echo(server, "udp4", "127.0.0.1"), "hello");
  });

  describe("of what is no socket", () => {
    let done: string[];
    let notASocket: BoundSocket;
    beforeEach(() => {
      done = [];
      notASocket = {
        descriptor: 1_000_000,
        port: 20_000,
        prepareListen: () => undefined,
        listen: () => undefined,
        detach: () => void done.push("detach"),
        close: () => void done.push("close"),
      };
    });

    it("is refused with Node's reason, and the descriptor stays the caller's", () => {
      assert.throws(
        () => adoptUdpSocket(notASocket),
        (error: unknown) =>
          error instanceof NativeError &&
          error.code === "OS_ERROR" &&
          error.fields.api === "uv_udp_open" &&
          error.fields.port === 20_000,
      );
      assert.deepEqual(done, []);
    });

    it("closes the descriptor when a dgram socket was to be bound with it", async () => {
      await assert.rejects(bindOnLeased(open("udp4"), notASocket), { code: "OS_ERROR" });
      assert.deepEqual(done, ["close"]);
    });
  });

  it("says that Node cannot where a dgram socket shows no handle", () => {
    const bound = lessee.bind("127.0.0.1");
    const { getOwnPropertySymbols } = Object;
    Object.getOwnPropertySymbols = () => [];
    try {
      assert.throws(() => adoptUdpSocket(bound), { code: "UNSUPPORTED" });
    } finally {
      Object.getOwnPropertySymbols = getOwnPropertySymbols;
      bound.close();
    }
  });
});
