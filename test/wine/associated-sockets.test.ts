// What an associated socket may bind in the emulated pool, and that it serves: ASSOCIATE, bind, adoption by Node, handing over.
// https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation

import assert from "node:assert/strict";
import { type PoolCaller, tokenBytes } from "./support/pool-caller.js";
import { PoolLab } from "./support/pool-lab.js";
import { describeInWine } from "./support/wine-lab.js";

/** winsock2.h */
const [accessDenied, badPointer, invalid, notSocket, inUse] = [10013, 10014, 10022, 10038, 10048];

describeInWine("associated sockets of the Wine lab", () => {
  let lab: PoolLab;
  let caller: PoolCaller;
  let stranger: PoolCaller;

  before(async () => {
    lab = await PoolLab.open();
    [caller, stranger] = await Promise.all([lab.caller(), lab.caller()]);
  });

  after(() => lab.close());

  /** A persistent reservation of so many ports, and a socket that is associated with it. */
  async function associated(
    portCount: number,
    protocol: "tcp" | "udp" = "tcp",
    family: 4 | 6 = 4,
  ): Promise<{ socket: number; firstPort: number; token: string }> {
    const firstPort = await lab.take(portCount);
    const { token = "0", error } = await caller.create(protocol, firstPort, portCount);
    assert.equal(error, 0);
    const socket = await caller.socket(protocol, family);
    assert.equal(await caller.associate(socket, token), 0);
    return { socket, firstPort, token };
  }

  for (const protocol of ["tcp", "udp"] as const) {
    it(`bind a ${protocol} port of their run by its number`, async () => {
      const { socket, firstPort } = await associated(5, protocol);
      assert.deepEqual(await caller.bind(socket, firstPort + 3), { error: 0, port: firstPort + 3 });
    });

    it(`bind the ${protocol} ports of their run one after the other when they name none`, async () => {
      const { socket, firstPort, token } = await associated(2, protocol);
      const [second, third] = [await caller.socket(protocol), await caller.socket(protocol)];
      await caller.associate(second, token);
      await caller.associate(third, token);
      assert.equal((await caller.bind(socket, 0)).port, firstPort);
      assert.equal((await caller.bind(second, 0)).port, firstPort + 1);
      assert.equal((await caller.bind(third, 0)).error, inUse);
    });
  }

  for (const address of ["::1", "::"]) {
    it(`bind on ${address} with the same token`, async () => {
      const { socket, firstPort } = await associated(2, "tcp", 6);
      const bound = await caller.bind(socket, firstPort + 1, address);
      assert.deepEqual(bound, { error: 0, port: firstPort + 1 });
    });
  }

  it("serve HTTP by Node, and their port is refused to others during and after", async () => {
    const { socket, firstPort } = await associated(1);
    await caller.bind(socket, firstPort);
    assert.equal((await caller.ask({ do: "serve", socket })).code, "OK");
    const response = await fetch(`http://127.0.0.1:${firstPort}/`);
    assert.equal(await response.text(), `served by ${caller.processId}`);
    assert.equal(await stranger.listen(firstPort), "EACCES");
  });

  it("are handed to a process that was never associated, once they are bound", async () => {
    const { socket, firstPort } = await associated(1);
    await caller.bind(socket, firstPort);
    const { processId } = stranger;
    const { output = "" } = await caller.ask({ do: "duplicate", socket, processId });
    assert.equal(output.length, 2 * 628);
    const opened = await stranger.ask({ do: "openDuplicate", info: output });
    await caller.close(socket);
    await stranger.ask({ do: "serve", socket: opened.socket ?? 0 });
    const response = await fetch(`http://127.0.0.1:${firstPort}/`);
    assert.equal(await response.text(), `served by ${processId}`);
  });

  it("need a token that the pool knows, for their own protocol", async () => {
    const { token } = await associated(1, "udp");
    const socket = await caller.socket("tcp");
    assert.equal(await caller.associate(socket, "12345"), invalid);
    assert.equal(await caller.associate(socket, "0"), invalid);
    assert.equal(await caller.associate(socket, token), invalid);
  });

  it("are associated before they are bound, never after", async () => {
    const { token } = await associated(1);
    const socket = await caller.socket();
    await caller.bind(socket, 0);
    assert.equal(await caller.associate(socket, token), invalid);
  });

  it("need elevation for a persistent reservation", async () => {
    const { token } = await associated(1);
    const limited = await lab.caller({ environment: { PORTPOOL_NOT_ELEVATED: "1" } });
    assert.equal(await limited.associate(await limited.socket(), token), accessDenied);
  });

  it("cannot be made with a bad pointer, nor of what is no socket", async () => {
    const { token } = await associated(1);
    const socket = await caller.socket();
    assert.equal((await caller.ioctl(socket, "associate", null, 0)).error, badPointer);
    assert.equal((await caller.ioctl(socket, "associate", Buffer.alloc(4), 0)).error, badPointer);
    assert.equal((await caller.ioctl(0x7777, "associate", tokenBytes(token), 0)).error, notSocket);
  });

  it("forget their association when they are closed", async () => {
    const { socket, firstPort } = await associated(1);
    await caller.close(socket);
    // The kernel gives handles out again.
    const next = await caller.socket();
    assert.equal((await caller.bind(next, firstPort)).error, accessDenied);
  });

  it("cannot bind a reservation that is gone", async () => {
    const { socket, firstPort } = await associated(1);
    await stranger.delete("tcp", firstPort, 1);
    assert.equal((await caller.bind(socket, firstPort)).error, invalid);
  });
});
