// Who is at the other end of a connection, in the real tables of the host.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type ConnectionEnds, openHostPorts } from "@portlease/native";
import { describeOnLinux } from "./support/linux-only.js";

const hostPorts = openHostPorts();

describeOnLinux("connectionOwner() and isDescendant()", () => {
  let server: Server;
  const children: ChildProcess[] = [];
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = createServer();
    server.listen({ port: 0, host: "::" });
    await once(server, "listening");
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  const port = (): number => (server.address() as AddressInfo).port;

  /** Our end of the next connection. */
  async function accepted(): Promise<ConnectionEnds> {
    const [socket] = (await once(server, "connection")) as [Socket];
    socket.on("error", () => undefined);
    sockets.push(socket);
    const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
    return { localAddress, localPort, remoteAddress, remotePort };
  }

  async function fromChild(host: string): Promise<{ ends: ConnectionEnds; processId: number }> {
    const code = `require("net").connect(${port()}, "${host}").on("error", () => process.exit())`;
    const child = spawn(process.execPath, ["-e", code], { stdio: "ignore" });
    children.push(child);
    const ends = await accepted();
    assert.ok(child.pid !== undefined);
    return { ends, processId: child.pid };
  }

  it("finds another process whichever was guessed, over IPv4 and IPv6", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const { ends, processId } = await fromChild(host);
      for (const guess of [processId, process.pid, 4_000_000]) {
        assert.equal(hostPorts.connectionOwner(ends, guess), processId, `${host}, ${guess}`);
      }
    }
  });

  it("finds this process itself", async () => {
    sockets.push(connect(port(), "127.0.0.1"));
    const ends = await accepted();
    assert.equal(hostPorts.connectionOwner(ends, process.ppid), process.pid);
  });

  it("knows nobody for ends that are in no table", async () => {
    const { ends, processId } = await fromChild("127.0.0.1");
    const others = [
      { ...ends, localPort: 1 },
      { ...ends, remoteAddress: "127.0.0.2" },
      { ...ends, localAddress: "192.0.2.1" },
    ];
    for (const other of others) assert.equal(hostPorts.connectionOwner(other, processId), null);
  });

  it("follows the line of parents", async () => {
    const { processId } = await fromChild("127.0.0.1");
    assert.equal(hostPorts.isDescendant(processId, process.pid), true);
    assert.equal(hostPorts.isDescendant(processId, process.ppid), true);
    assert.equal(hostPorts.isDescendant(process.pid, processId), false);
    assert.equal(hostPorts.isDescendant(4_000_000, process.pid), null);
    assert.equal(hostPorts.sharesNetwork(processId), true);
    assert.equal(hostPorts.sharesNetwork(4_000_000), null);
  });
});
