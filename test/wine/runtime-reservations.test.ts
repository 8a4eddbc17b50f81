// The emulated runtime reservations: who may use them, and when they end.
// https://learn.microsoft.com/windows/win32/winsock/sio-acquire-port-reservation

import assert from "node:assert/strict";
import type { PoolCaller } from "./support/pool-caller.js";
import { PoolLab } from "./support/pool-lab.js";
import { describeInWine } from "./support/wine-lab.js";

/** winsock2.h */
const [accessDenied, badPointer, invalid, inUse, noBuffers] = [10013, 10014, 10022, 10048, 10055];

describeInWine("runtime reservations of the Wine lab", () => {
  let lab: PoolLab;
  let caller: PoolCaller;
  let stranger: PoolCaller;

  before(async () => {
    lab = await PoolLab.open();
    [caller, stranger] = await Promise.all([lab.caller(), lab.caller()]);
  });

  after(() => lab.close());

  for (const protocol of ["tcp", "udp"] as const) {
    it(`give a ${protocol} run to the process that acquired it, and to nobody else`, async () => {
      const firstPort = await lab.take(4);
      const holder = await caller.socket(protocol);
      const { token, ...run } = await caller.acquire(holder, firstPort, 4);
      assert.deepEqual(run, { error: 0, firstPort, portCount: 4 });
      const socket = await caller.socket(protocol);
      assert.equal(await caller.associate(socket, token), 0);
      assert.equal((await caller.bind(socket, firstPort + 2)).error, 0);
      assert.equal(await stranger.listen(firstPort + 1, { protocol }), "EACCES");
      assert.equal(await stranger.associate(await stranger.socket(protocol), token), accessDenied);
    });
  }

  it("may lie where the system chooses, within the dynamic range", async () => {
    const first = await lab.take(12);
    await lab.pool.setDynamicRange(first, 12);
    await lab.pool.exclude("tcp", first, 2);
    const holder = await caller.socket();
    const acquired = await caller.acquire(holder, 0, 8);
    assert.deepEqual([acquired.firstPort, acquired.portCount], [first + 2, 8]);
    const none = await caller.acquire(await caller.socket(), 0, 8);
    assert.equal(none.error, noBuffers);
    await lab.pool.setDynamicRange(49_152, 16_384);
  });

  it("end with the socket that acquired them", async () => {
    const port = await lab.take(1);
    const holder = await caller.socket();
    await caller.acquire(holder, port, 1);
    assert.equal(await stranger.listen(port), "EACCES");
    await caller.close(holder);
    assert.equal(await stranger.listen(port), "OK");
  });

  it("end when they are released, by the process that has them", async () => {
    const port = await lab.take(1);
    const holder = await caller.socket();
    const { token } = await caller.acquire(holder, port, 1);
    assert.equal(await stranger.release(await stranger.socket(), token), accessDenied);
    assert.equal(await caller.release(holder, token), 0);
    assert.equal(await stranger.listen(port), "OK");
    assert.equal(await caller.release(holder, token), invalid);
  });

  it("end with their process, however it ends", async () => {
    const port = await lab.take(2);
    const doomed = await lab.caller();
    await doomed.acquire(await doomed.socket(), port, 2);
    assert.equal(await stranger.listen(port), "EACCES");
    await doomed.kill();
    assert.equal(await stranger.listen(port), "OK");
    assert.equal((await caller.create("tcp", port, 2)).error, 0);
  });

  it("are refused over what is reserved, excluded or bound", async () => {
    const firstPort = await lab.take(6);
    await caller.create("tcp", firstPort, 1);
    await lab.pool.exclude("tcp", firstPort + 1, 1);
    await stranger.bind(await stranger.socket(), firstPort + 2);
    for (const offset of [0, 1, 2]) {
      const { error } = await caller.acquire(await caller.socket(), firstPort + offset, 1);
      assert.equal(error, inUse, `offset ${offset}`);
    }
    assert.equal((await caller.acquire(await caller.socket(), firstPort + 3, 3)).error, 0);
  });

  it("are refused with a bad range, a bad pointer or too small a buffer", async () => {
    const socket = await caller.socket();
    const range = Buffer.from([0x9c, 0x40, 1, 0]);
    assert.equal((await caller.acquire(socket, 40_000, 0)).error, invalid);
    assert.equal((await caller.acquire(socket, 65_535, 2)).error, invalid);
    assert.equal((await caller.ioctl(socket, "acquire", null, 16)).error, badPointer);
    assert.equal((await caller.ioctl(socket, "acquire", range, 0)).error, badPointer);
    assert.equal((await caller.ioctl(socket, "acquire", range, 8)).error, invalid);
  });

  it("can be bound by the very socket that acquired them", async () => {
    const port = await lab.take(1);
    const socket = await caller.socket();
    const { token } = await caller.acquire(socket, port, 1);
    assert.equal(await caller.associate(socket, token), 0);
    assert.deepEqual(await caller.bind(socket, 0), { error: 0, port });
  });

  it("leave their sockets bound when they end", async () => {
    const port = await lab.take(1);
    const holder = await caller.socket();
    const { token } = await caller.acquire(holder, port, 1);
    const socket = await caller.socket();
    await caller.associate(socket, token);
    await caller.bind(socket, port);
    await caller.ask({ do: "serve", socket });
    await caller.close(holder);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), `served by ${caller.processId}`);
    assert.equal(await stranger.listen(port), "EADDRINUSE");
  });
});
