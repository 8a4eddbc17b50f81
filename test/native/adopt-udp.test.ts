// UDP sockets that were bound outside of Node, under dgram sockets: here by the C library, as it is done on Windows by Winsock.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { adoptUdpSocket, bindOnLeased, type BoundSocket, NativeError } from "@portlease/native";
import { parseIpAddress } from "#native/ip-address.js";
import { loadLibc } from "#native/posix/bindings.js";
import { linuxLayout } from "#native/posix/layout.js";
import { PortSockets } from "#native/posix/port-sockets.js";
import { describeOnLinux } from "./support/linux-only.js";

describeOnLinux("bindOnLeased", () => {
  const opened: Socket[] = [];

  afterEach(async () => {
    for (const socket of opened.splice(0)) {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    }
  });

  function open(type: "udp4" | "udp6"): Socket {
    const socket = createSocket(type);
    opened.push(socket);
    return socket;
  }

  for (const [type, address] of [
    ["udp4", "127.0.0.1"],
    ["udp6", "::1"],
  ] as const) {
    it(`receives and answers on a bound ${type} socket`, async () => {
      const port = await freePort(type, address);
      const server = open(type);
      server.on("message", (message, sender) => server.send(message, sender.port, sender.address));
      await bindOnLeased(server, bindOutside(address, port));
      assert.equal(server.address().port, port);
      const client = open(type);
      const answered = once(client, "message");
      client.send("hello", port, address);
      assert.equal(String((await answered)[0]), "hello");
    });
  }

  it("refuses a dgram socket that is bound already, and closes the bound one", async () => {
    const server = open("udp4");
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    const port = await freePort("udp4", "127.0.0.1");
    await assert.rejects(bindOnLeased(server, bindOutside("127.0.0.1", port)), {
      code: "ERR_SOCKET_ALREADY_BOUND",
    });
    // Free again: a second bind of the address would be refused.
    bindOutside("127.0.0.1", port).close();
  });
});

describeOnLinux("adoptUdpSocket", () => {
  it("leaves the socket to its caller when Node refuses the descriptor", () => {
    const socket = fakeSocket(-1);
    assert.throws(
      () => adoptUdpSocket(socket),
      (error) => error instanceof NativeError && error.code === "OS_ERROR",
    );
    assert.equal(socket.detached, false);
  });
});

function fakeSocket(descriptor: number): BoundSocket & { detached: boolean } {
  const socket = {
    descriptor,
    port: 1,
    detached: false,
    prepareListen: () => undefined,
    listen: () => undefined,
    close: () => undefined,
    detach: () => {
      socket.detached = true;
    },
  };
  return socket;
}

/** As a library that knows nothing of Node would bind it. */
function bindOutside(address: string, port: number): BoundSocket {
  const sockets = new PortSockets(loadLibc(), linuxLayout);
  const ip = parseIpAddress(address);
  assert.ok(ip !== null);
  const options = { ipv6Only: false, reusePort: false, reuseAddress: false };
  const bound = sockets.openBound({ ip, port, protocol: "udp", ...options });
  assert.ok(bound.descriptor !== null, "the port is free");
  const { descriptor } = bound;
  let owned = true;
  return {
    descriptor,
    port,
    prepareListen: () => undefined,
    listen: () => undefined,
    detach: () => {
      owned = false;
    },
    close: () => {
      if (owned) sockets.close(descriptor);
      owned = false;
    },
  };
}

async function freePort(type: "udp4" | "udp6", address: string): Promise<number> {
  const socket = createSocket(type);
  socket.bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  const closed = once(socket, "close");
  socket.close();
  await closed;
  return port;
}
