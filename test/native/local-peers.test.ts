// Who is at the other end of a Unix socket, asked of the real system; and names without files, found by whoever asks for them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bindAbstractName, NativeError, openLocalPeers } from "@portlease/native";
import { parseProcessStatus } from "#native/posix/process-status.js";
import { describeOnLinux } from "./support/linux-only.js";

describe("parseProcessStatus()", () => {
  it("reads the effective user and the ids in every namespace", () => {
    const text = "Name:\tUid:\\n1\nNSpid:\t4711\t12\t1\nUid:\t1000\t1001\t1002\t1003\nGid:\t5\n";
    assert.deepEqual(parseProcessStatus(text), { userId: 1_001, processIds: [4_711, 12, 1] });
  });

  it("does without ids, as before Linux 4.1, and refuses other texts", () => {
    assert.deepEqual(parseProcessStatus("Uid:\t0\t0\t0\t0\n"), { userId: 0, processIds: [] });
    assert.equal(parseProcessStatus("nothing"), null);
  });
});

describeOnLinux("The peer of a local socket", () => {
  let folder: string;
  let servers: Server[] = [];

  before(() => (folder = mkdtempSync(join(tmpdir(), "portlease-peers-"))));
  afterEach(async () => {
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    servers = [];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function accept(place: { path: string } | { port: number; host: string }): Promise<Socket> {
    const server = createServer();
    servers.push(server);
    await once(server.listen(place), "listening");
    const address = server.address();
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const client =
      typeof address === "object" && address !== null
        ? connect(address.port, "127.0.0.1")
        : connect({ path: String(address) });
    const [socket] = await accepted;
    client.destroy();
    return socket;
  }

  it("is known by its process and user, also after it has gone", async () => {
    const socket = await accept({ path: join(folder, "peer.sock") });
    const peers = openLocalPeers() ?? assert.fail();
    const peer = peers.peerOf(socket);
    assert.deepEqual(peer, { processId: process.pid, userId: process.geteuid?.() });
    assert.equal(peers.statusOf(process.pid)?.userId, process.geteuid?.());
    assert.equal(peers.statusOf(process.pid)?.processIds[0], process.pid);
    assert.equal(peers.statusOf(4_194_305), null);
    socket.destroy();
    assert.equal(peers.peerOf(socket), null);
  });

  it("is nobody on a socket of the network", async () => {
    const socket = await accept({ port: 0, host: "127.0.0.1" });
    assert.equal(openLocalPeers()?.peerOf(socket), null);
    socket.destroy();
  });

  it("finds a name without a file that was bound for it, which is one socket's only", async () => {
    const name = `portlease-test-${process.pid}`;
    const server = createServer((socket) => socket.end("hello"));
    servers.push(server);
    await once(server.listen({ fd: bindAbstractName(name) }), "listening");
    assert.throws(
      () => bindAbstractName(name),
      (error) => error instanceof NativeError && error.fields.errorName === "EADDRINUSE",
    );
    assert.throws(() => bindAbstractName("x".repeat(108)), /1 to 107 bytes/);
  });
});
