// How the holder of a lease binds on Windows: every method, both families, both protocols, and what is refused.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { connect, type Server } from "node:net";
import {
  bindOnLeased,
  type BoundSocket,
  type HostPorts,
  type LesseeSockets,
  listenOnLeased,
  NativeError,
  openHostPorts,
  openLesseeSockets,
  type ReservedBlock,
  type TransportProtocol,
} from "@portlease/native";
import { bindRequest, blockRequest } from "../../support/native-requests.js";
import { FreePorts } from "./support/free-ports.js";
import { WindowsProgram } from "./support/windows-program.js";

describe("Win32LesseeSockets", () => {
  let host: HostPorts;
  let ports: FreePorts;
  let lessee: LesseeSockets;
  const blocks: ReservedBlock[] = [];
  const sockets: BoundSocket[] = [];
  const servers: Server[] = [];

  before(() => {
    host = openHostPorts();
    ports = new FreePorts(host);
    lessee = openLesseeSockets();
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    for (const server of servers.splice(0)) {
      const closed = once(server, "close");
      server.close();
      await closed;
    }
    for (const block of blocks.splice(0)) await block.remove();
  });

  async function reserve(
    kind: "persistent" | "runtime" | "administered",
    protocol: TransportProtocol = "tcp",
  ): Promise<ReservedBlock> {
    const firstPort = ports.take(2);
    const request = blockRequest({ kind, protocol, firstPort, portCount: 2 });
    const block = await host.reserveBlock(request);
    blocks.push(block);
    return block;
  }

  /** As its kind has it, in this process. */
  function bind(block: ReservedBlock, address: string, ipv6Only = false): BoundSocket {
    const port = block.firstPort;
    const { protocol, bindMethod } = block;
    const { token, portCount } = block.reservationOf(port);
    if (bindMethod === "handoff") {
      const transfer = block.bindForTransfer({ port, address, ipv6Only });
      const protocolInfo = transfer.duplicateFor(process.pid);
      const opened = lessee.openTransferred({ protocol, port, protocolInfo });
      transfer.close();
      sockets.push(opened);
      return opened;
    }
    const tokenPortCount = portCount;
    const request = { protocol, port, address, ipv6Only, bindMethod, token, tokenPortCount };
    const bound = lessee.bindLeased(bindRequest(request));
    sockets.push(bound);
    return bound;
  }

  async function serve(socket: BoundSocket): Promise<void> {
    const server = createServer((_request, response) => response.end("served"));
    servers.push(server);
    await listenOnLeased(server, socket);
  }

  for (const kind of ["persistent", "runtime", "administered"] as const) {
    it(`serves HTTP on a leased port of kind ${kind}`, async () => {
      const block = await reserve(kind);
      await serve(bind(block, "127.0.0.1"));
      assert.equal(await fetchText("127.0.0.1", block.firstPort), "served");
    });

    it(`serves both families on :: with kind ${kind}`, async () => {
      const block = await reserve(kind);
      await serve(bind(block, "::"));
      assert.equal(await fetchText("127.0.0.1", block.firstPort), "served");
      assert.equal(await fetchText("[::1]", block.firstPort), "served");
    });

    it(`serves IPv6 alone where that is asked for with kind ${kind}`, async () => {
      const block = await reserve(kind);
      await serve(bind(block, "::", true));
      assert.equal(await fetchText("[::1]", block.firstPort), "served");
      await assert.rejects(fetchText("127.0.0.1", block.firstPort));
    });

    it(`receives datagrams on a leased UDP port of kind ${kind}`, async () => {
      const block = await reserve(kind, "udp");
      const server = createSocket("udp4");
      const client = createSocket("udp4");
      try {
        await bindOnLeased(server, bind(block, "127.0.0.1"));
        assert.equal(server.address().port, block.firstPort);
        const received = once(server, "message");
        client.send("hello", block.firstPort, "127.0.0.1");
        assert.equal(String((await received)[0]), "hello");
        assert.equal(block.reclaimPort(block.firstPort).state, "in-use");
      } finally {
        server.close();
        client.close();
      }
    });
  }

  it("binds so that nobody can bind beside it", async () => {
    const block = await reserve("administered");
    bind(block, "0.0.0.0");
    assert.equal(host.tryBind("tcp", "127.0.0.1", block.firstPort).bound, false);
    assert.equal(host.tryBind("tcp", "0.0.0.0", block.firstPort).bound, false);
  });

  it("binds a port plainly when it has no token now", async () => {
    const port = ports.take(1);
    const request = bindRequest({ port, bindMethod: "associate", token: 0n });
    const socket = lessee.bindLeased(request);
    sockets.push(socket);
    assert.equal(socket.port, port);
    assert.throws(
      () => lessee.bindLeased(request),
      hasCode("PORT_TAKEN", { errorName: "WSAEADDRINUSE", port, api: "bind" }),
    );
  });

  it("listens for programs that get the socket passed", async () => {
    const block = await reserve("persistent");
    const socket = bind(block, "127.0.0.1");
    socket.listen(16);
    const connection = connect(block.firstPort, "127.0.0.1");
    await once(connection, "connect");
    connection.destroy();
  });

  it("closes once, detaches once, and does nothing to a socket that is somebody else's", async () => {
    const block = await reserve("persistent");
    const socket = bind(block, "127.0.0.1");
    socket.close();
    socket.close();
    assert.throws(() => socket.prepareListen(), /which is closed/);
    assert.throws(() => socket.detach(), /which is closed/);
    assert.deepEqual(block.reclaimPort(block.firstPort), { state: "free" });
  });

  it("says RESERVATION_GONE for a token that nobody has", async () => {
    const block = await reserve("persistent");
    const request = { port: block.firstPort, bindMethod: "associate", token: 12_345n } as const;
    assert.throws(
      () => lessee.bindLeased(bindRequest(request)),
      hasCode("RESERVATION_GONE", {
        api: "SIO_ASSOCIATE_PORT_RESERVATION",
        errorName: "WSAEINVAL",
      }),
    );
  });

  it("refuses methods of others, and points at the broker for handoff", () => {
    const port = ports.take(1);
    assert.throws(() => lessee.bindLeased(bindRequest({ port })), hasCode("UNSUPPORTED"));
    assert.throws(
      () => lessee.bindLeased(bindRequest({ port, bindMethod: "handoff" })),
      (error) => hasCode("UNSUPPORTED")(error) && /TransferSocket/.test(String(error)),
    );
  });

  it("refuses what is no port and no address", () => {
    const plain = { bindMethod: "plain" } as const;
    assert.throws(
      () => lessee.bindLeased(bindRequest({ ...plain, port: 0 })),
      hasCode("RANGE_INVALID"),
    );
    const request = bindRequest({ ...plain, port: 1, address: "localhost" });
    assert.throws(() => lessee.bindLeased(request), hasCode("RANGE_INVALID"));
  });

  describe("handed-over sockets", () => {
    it("are duplicated more than once, and live on when the broker closes its own", async () => {
      const block = await reserve("runtime");
      const port = block.firstPort;
      const program = await WindowsProgram.start();
      try {
        const transfer = block.bindForTransfer({ port, address: "127.0.0.1", ipv6Only: false });
        transfer.duplicateFor(program.processId);
        const protocolInfo = Buffer.from(transfer.duplicateFor(program.processId)).toString("hex");
        await program.tell({ do: "open", protocol: "tcp", port, protocolInfo, listen: true });
        transfer.close();
        const connection = connect(port, "127.0.0.1");
        await once(connection, "connect");
        connection.destroy();
        assert.throws(() => transfer.duplicateFor(program.processId), /closed/);
      } finally {
        await program.end();
      }
    });

    it("say NOT_FOUND for a process that does not exist", async () => {
      const block = await reserve("runtime");
      const port = block.firstPort;
      const transfer = block.bindForTransfer({ port, address: "127.0.0.1", ipv6Only: false });
      try {
        assert.throws(
          () => transfer.duplicateFor(5_000_000),
          hasCode("NOT_FOUND", { api: "WSADuplicateSocketW" }),
        );
      } finally {
        transfer.close();
      }
    });

    it("are not opened from bytes of another length, or as another port", async () => {
      const block = await reserve("runtime");
      const port = block.firstPort;
      const short = { protocol: "tcp", port, protocolInfo: new Uint8Array(627) } as const;
      assert.throws(() => lessee.openTransferred(short), hasCode("RANGE_INVALID"));
      const transfer = block.bindForTransfer({ port, address: "127.0.0.1", ipv6Only: false });
      const protocolInfo = transfer.duplicateFor(process.pid);
      const other = { protocol: "tcp", port: port + 1, protocolInfo } as const;
      assert.throws(() => lessee.openTransferred(other), hasCode("OS_ERROR"));
      transfer.close();
      assert.deepEqual(block.reclaimPort(port), { state: "free" });
    });

    it("are refused while the port is bound", async () => {
      const block = await reserve("runtime");
      const port = block.firstPort;
      bind(block, "127.0.0.1");
      assert.throws(
        () => block.bindForTransfer({ port, address: "127.0.0.1", ipv6Only: false }),
        hasCode("PORT_TAKEN", { port }),
      );
    });

    it("do not exist for administered blocks", async () => {
      const block = await reserve("administered");
      const request = { port: block.firstPort, address: "::", ipv6Only: false };
      assert.throws(() => block.bindForTransfer(request), hasCode("UNSUPPORTED"));
    });
  });
});

function fetchText(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(`http://${host}:${port}/`, { agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
  });
}

function hasCode(
  code: string,
  fields: Readonly<Record<string, unknown>> = {},
): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof NativeError, String(error));
    assert.equal(error.code, code, error.message);
    for (const [name, value] of Object.entries(fields)) {
      assert.equal(Reflect.get(error.fields, name), value, name);
    }
    return true;
  };
}
