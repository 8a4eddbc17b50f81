// How a lessee binds, and what it is told when the system refuses.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import {
  type BindLeasedRequest,
  type BoundSocket,
  type HostPorts,
  type LesseeSockets,
  NativeError,
  type NativeErrorCode,
  openHostPorts,
  openLesseeSockets,
} from "@portlease/native";
import { describeOnLinux } from "./support/linux-only.js";
import { TestPorts } from "./support/test-ports.js";

describeOnLinux("bindLeased()", () => {
  let host: HostPorts;
  let lessee: LesseeSockets;
  let ports: TestPorts;
  let port: number;
  let opened: BoundSocket[] = [];

  before(async () => {
    host = openHostPorts();
    lessee = openLesseeSockets();
    ports = await TestPorts.open(host);
  });

  beforeEach(async () => {
    port = await ports.take(1);
  });

  afterEach(() => {
    for (const socket of opened) socket.close();
    opened = [];
  });

  after(() => ports.close());

  function bind(request: Partial<BindLeasedRequest>): BoundSocket {
    const socket = lessee.bindLeased({
      protocol: "tcp",
      port,
      address: "127.0.0.1",
      ipv6Only: false,
      bindMethod: "share-port",
      token: 0n,
      tokenPortCount: 1,
      ...request,
    });
    opened.push(socket);
    return socket;
  }

  function refusal(request: Partial<BindLeasedRequest>, code: NativeErrorCode): NativeError {
    try {
      bind(request);
    } catch (error) {
      assert.ok(error instanceof NativeError, String(error));
      assert.equal(error.code, code);
      return error;
    }
    throw new Error("was not refused");
  }

  it("shares :: with IPv4 unless it is asked for IPv6 only", () => {
    bind({ address: "::", ipv6Only: true });
    // Not shared, so only a free address can be bound.
    bind({ address: "127.0.0.1", bindMethod: "plain" }).close();
    refusal({ address: "::1", bindMethod: "plain" }, "PORT_TAKEN");
    opened.splice(0, 1)[0]?.close();
    bind({ address: "::" });
    refusal({ address: "127.0.0.1", bindMethod: "plain" }, "PORT_TAKEN");
  });

  it("binds plainly as any server does: alone, and also beside TIME_WAIT", async () => {
    const server = createServer((connection) => connection.end("served"));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const client = connect({ port, host: "127.0.0.1" });
    client.resume();
    await once(client, "close");
    assert.match(refusal({ bindMethod: "plain" }, "PORT_TAKEN").message, /Stop the process/);
    server.close();
    await once(server, "close");
    bind({ bindMethod: "plain" });
  });

  it("listens for a socket that is passed to another program", async () => {
    bind({}).listen(16);
    const client = connect({ port, host: "127.0.0.1" });
    await once(client, "connect");
    client.resetAndDestroy();
    await once(client, "close");
  });

  it("names who has the port, and the probable causes", async () => {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    const error = refusal({ address: "::" }, "PORT_TAKEN");
    assert.equal(error.fields.port, port);
    assert.equal(error.fields.api, "bind");
    assert.equal(error.fields.errorName, "EADDRINUSE");
    assert.deepEqual(
      error.fields.holders.map((holder) => holder.processId),
      [process.pid],
    );
    assert.match(error.message, new RegExp(`listens on 127.0.0.1:${port}.*process ${process.pid}`));
    assert.match(error.message, /broker stopped/);
    server.close();
    await once(server, "close");
  });

  it("explains addresses that this host does not have", () => {
    // TEST-NET-1 belongs to no host (RFC 5737).
    const error = refusal({ address: "192.0.2.1" }, "OS_ERROR");
    assert.equal(error.fields.errorName, "EADDRNOTAVAIL");
    assert.match(error.message, /192\.0\.2\.1:\d+.*no such address/);
  });

  it("refuses what is no port or no address, before any call", () => {
    for (const wrong of [0, 65_536, -1, 1.5, Number.NaN]) {
      assert.equal(refusal({ port: wrong }, "RANGE_INVALID").fields.api, null);
    }
    for (const wrong of ["localhost", "", "fe80::1%lo", "127.0.0.1:80"]) {
      refusal({ address: wrong }, "RANGE_INVALID");
    }
  });

  it("refuses how other platforms do it", () => {
    refusal({ bindMethod: "associate" }, "UNSUPPORTED");
    refusal({ bindMethod: "handoff" }, "UNSUPPORTED");
  });
});
