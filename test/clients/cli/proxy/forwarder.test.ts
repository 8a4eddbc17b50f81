// What the proxy of `portlease run --proxy` does with one connection: bytes, ends, resets, and what waits in between. On real
// sockets.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { highWaterMarkBytes } from "#cli/run/proxy/relay.js";
import { eventually } from "../../../support/eventually.js";
import { temporaryDirectories } from "../../../support/temporary-directory.js";
import { errorOf, heard, heardText, ProxyLab } from "./support/proxy-lab.js";

/** The most that libuv reads at once: https://github.com/libuv/libuv/blob/v1.46.0/src/unix/stream.c */
const chunkBytesMax = 64 * 1024;

const echo = (socket: Socket): void => void socket.pipe(socket);

describe("the proxy of portlease run", () => {
  let lab: ProxyLab;
  const newDirectory = temporaryDirectories();

  beforeEach(() => {
    lab = new ProxyLab();
  });
  afterEach(() => lab.dispose());

  it("passes bytes on in both directions, unharmed and in order", async () => {
    const { port, forwarder } = await lab.forwarder(await lab.child(echo));
    const peer = await lab.peer(port);
    const sent = Buffer.from(Uint32Array.from({ length: 500_000 }, (_, index) => index).buffer);
    peer.end(sent);
    assert.ok((await heard(peer)).equals(sent));
    await eventually("the connection is forgotten", () => forwarder.connectionCount === 0);
    assert.equal(forwarder.bufferedBytes, 0);
  });

  it("lets the program answer after the peer has ended, and the peer after the program has", async () => {
    const asked = lab.child((socket) => {
      void heardText(socket).then((question) => socket.end(`answer to ${question}`));
    });
    const first = await lab.peer((await lab.forwarder(await asked)).port);
    first.end("question");
    assert.equal(await heardText(first), "answer to question");

    const speaking = await lab.patientChild();
    const second = await lab.peer((await lab.forwarder(speaking.address)).port);
    const child = await speaking.accepted;
    child.end("hello");
    assert.equal(await heardText(second), "hello");
    second.end("said after the end of the other side");
    assert.equal(await heardText(child), "said after the end of the other side");
  });

  it("passes a reset on as a reset, whoever sends it", async () => {
    const { address, accepted } = await lab.patientChild();
    const { port } = await lab.forwarder(address);
    const peer = await lab.peer(port);
    const child = await accepted;
    child.resume();
    peer.resetAndDestroy();
    assert.equal(await errorOf(child), "ECONNRESET");

    const resetting = await lab.forwarder(
      await lab.child((socket) => socket.once("data", () => socket.resetAndDestroy())),
    );
    const other = await lab.peer(resetting.port);
    other.resume();
    other.write("x");
    assert.equal(await errorOf(other), "ECONNRESET");
  });

  it("stops reading from who sends faster than the other side takes it, so that nothing piles up", async () => {
    const { address, accepted } = await lab.patientChild();
    const { port, forwarder } = await lab.forwarder(address);
    const peer = await lab.peer(port);
    const chunk = Buffer.alloc(chunkBytesMax, "a");
    const chunkCount = 512;
    let taken = 0;
    const pour = (): void => {
      if (taken === chunkCount) peer.end();
      else peer.write(chunk, () => ((taken += 1), pour()));
    };
    pour();
    const child = await accepted;
    let before = -1;
    let stillLooks = 0;
    // The buffers of the system are full on both sides when nothing moves from look to look.
    await eventually("the sender is stopped", () => {
      stillLooks = taken === before && forwarder.bufferedBytes > 0 ? stillLooks + 1 : 0;
      before = taken;
      return stillLooks === 10;
    });
    // Read and not written yet, and written and not taken yet.
    const bytesMax = 2 * (highWaterMarkBytes + chunkBytesMax);
    assert.ok(forwarder.bufferedBytes <= bytesMax, String(forwarder.bufferedBytes));
    assert.equal((await heard(child)).length, chunkCount * chunkBytesMax);
  });

  it("forwards to a Unix socket too", async function () {
    if (process.platform === "win32") this.skip();
    const path = join(newDirectory(), "program.sock");
    const { port } = await lab.forwarder(await lab.child(echo, path));
    const peer = await lab.peer(port);
    peer.end("through a path");
    assert.equal(await heardText(peer), "through a path");
  });

  it("ends a connection on which nothing happened for the idle time, and no other", async () => {
    const { port, forwarder } = await lab.forwarder(await lab.child(echo), { idleMs: 10_000 });
    const idle = await lab.peer(port);
    const busy = await lab.peer(port);
    for (const peer of [idle, busy]) {
      peer.write("x");
      await once(peer, "data");
    }
    lab.time.advance(9_000);
    busy.write("x");
    await once(busy, "data");
    lab.time.advance(1_000);
    assert.equal(await heardText(idle), "");
    await eventually("the idle one is forgotten", () => forwarder.connectionCount === 1);
    busy.write("y");
    const [answer] = (await once(busy, "data")) as [Buffer];
    assert.equal(answer.toString(), "y");
    lab.time.advance(10_000);
    assert.equal(await heardText(busy), "");
    await eventually("no timer is left", () => lab.time.waitingCount === 0);
  });

  it("leaves connections alone that say nothing, unless told otherwise", async () => {
    const { port } = await lab.forwarder(await lab.child(echo));
    const peer = await lab.peer(port);
    peer.write("x");
    await once(peer, "data");
    assert.equal(lab.time.waitingCount, 0);
    lab.time.advance(24 * 3_600_000);
    peer.end("still there");
    assert.equal(await heardText(peer), "still there");
  });

  it("goes on when a connection cannot be accepted, and says so once a minute", async () => {
    const { port, forwarder } = await lab.forwarder(await lab.child(echo));
    const fail = (): boolean => forwarder.server.emit("error", new Error("accept EMFILE"));
    for (let count = 0; count < 3; count += 1) fail();
    lab.time.advance(60_000);
    fail();
    const said = "a connection could not be accepted: accept EMFILE";
    assert.deepEqual(lab.notes, [said, said]);
    const peer = await lab.peer(port);
    peer.end("still there");
    assert.equal(await heardText(peer), "still there");
  });

  it("closes connections beyond the limit at once, says so once, and takes new ones when others have ended", async () => {
    const { port, forwarder } = await lab.forwarder(await lab.child(echo), { connectionsMax: 1 });
    const first = await lab.peer(port);
    first.write("x");
    await once(first, "data");
    for (let count = 0; count < 2; count += 1) {
      const beyond = await lab.peer(port);
      assert.equal(await heardText(beyond), "");
    }
    assert.deepEqual(lab.notes, ["refusing connections beyond 1; see --proxy-connections"]);
    first.end();
    await eventually("the first one is forgotten", () => forwarder.connectionCount === 0);
    const next = await lab.peer(port);
    next.end("next");
    assert.equal(await heardText(next), "next");
  });
});
