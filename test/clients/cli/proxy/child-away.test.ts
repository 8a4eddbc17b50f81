// The proxy of `portlease run --proxy` while the program does not listen: before it is up, while it is restarted, and at the end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { ChildAddress } from "#cli/run/proxy/child-address.js";
import { ChildDialer } from "#cli/run/proxy/child-dialer.js";
import { eventually } from "../../../support/eventually.js";
import { errorOf, heardText, ProxyLab } from "./support/proxy-lab.js";

const greet = (socket: Socket): void => {
  socket.end("hello");
  socket.resume();
};

describe("the proxy of portlease run, while the program does not listen", () => {
  let lab: ProxyLab;

  beforeEach(() => {
    lab = new ProxyLab();
  });
  afterEach(() => lab.dispose());

  /** Lets the clock run until the condition holds. */
  const meanwhile = (what: string, holds: () => boolean): Promise<boolean> =>
    eventually(what, () => {
      lab.time.advance(20);
      return holds();
    });

  async function away(): Promise<ChildAddress & { readonly kind: "tcp" }> {
    return { kind: "tcp", host: "127.0.0.1", port: await lab.silentPort() };
  }

  it("holds connections until it does, however many", async () => {
    const to = await away();
    const { port, forwarder } = await lab.forwarder(to, { waitMs: 3_600_000 });
    const peers = await Promise.all(Array.from({ length: 20 }, () => lab.peer(port)));
    await meanwhile("all wait", () => forwarder.connectionCount === 20);
    const said = peers.map((peer) => (peer.end(), heardText(peer)));
    await lab.child(greet, to.port);
    await meanwhile("all are served", () => forwarder.connectionCount === 0);
    assert.deepEqual(new Set(await Promise.all(said)), new Set(["hello"]));
  });

  it("is asked once for all that wait, and less and less often", async () => {
    const { port } = await away();
    const waitMs = 3_600_000;
    let attempts = 0;
    const dialer = new ChildDialer(
      { connect: () => (attempts++, connect(port)), waitMs },
      lab.time,
    );
    const caller = { connected: () => assert.fail(), failed: () => undefined };
    dialer.dial(caller);
    await eventually("it is refused", () => lab.time.waitingCount === 2);
    for (let count = 0; count < 19; count += 1) dialer.dial(caller);
    assert.equal(attempts, 1);
    // Twenty deadlines and one retry.
    for (const retryMs of [20, 40, 80, 160, 320, 500, 500]) {
      const before: number = attempts;
      lab.time.advance(retryMs - 1);
      assert.equal(attempts, before);
      lab.time.advance(1);
      assert.equal(attempts, before + 1);
      await eventually("it is refused again", () => lab.time.waitingCount === 21);
    }
    dialer.close();
    assert.equal(lab.time.waitingCount, 0);
  });

  it("resets a connection when the time is over, and says why once", async () => {
    const to = await away();
    const { port, forwarder } = await lab.forwarder(to, { waitMs: 5_000 });
    const peers = [await lab.peer(port), await lab.peer(port)];
    await eventually("they wait", () => lab.time.waitingCount === 3);
    lab.time.advance(5_000);
    for (const peer of peers) assert.equal(await errorOf(peer.resume()), "ECONNRESET");
    assert.equal(forwarder.connectionCount, 0);
    assert.deepEqual(lab.notes, [
      `a connection was reset: 127.0.0.1:${to.port}: the program did not listen within 5000 ms`,
    ]);
    await eventually("no timer is left", () => lab.time.waitingCount === 0);
  });

  it("does not wait where it is told not to", async () => {
    const { port } = await lab.forwarder(await away(), { waitMs: 0 });
    const peer = await lab.peer(port);
    const failed = errorOf(peer.resume());
    await meanwhile("it is refused", () => lab.notes.length > 0);
    assert.equal(await failed, "ECONNRESET");
  });

  it("takes the time that a connection to a program that listens needs", async () => {
    const to = await lab.child(greet);
    assert.ok(to.kind === "tcp");
    const dialer = new ChildDialer({ connect: () => connect(to.port), waitMs: 0 }, lab.time);
    const socket = new Promise<Socket>((connected, failed) => dialer.dial({ connected, failed }));
    lab.time.advance(100);
    assert.equal(await heardText(await socket), "hello");
  });

  it("is not taken for its own address: a port that nobody listens on connects to itself when it is picked for both ends", async function () {
    // Systems other than Linux refuse it.
    if (process.platform !== "linux") this.skip();
    const { port } = await away();
    const sockets: Socket[] = [];
    const connectToItself = (): Socket => {
      const socket = connect({ host: "127.0.0.1", port, localPort: port });
      sockets.push(socket);
      return socket;
    };
    const dialer = new ChildDialer({ connect: connectToItself, waitMs: 5_000 }, lab.time);
    const failed = new Promise((resolve, reject) => {
      dialer.dial({ connected: () => reject(new Error("connected to itself")), failed: resolve });
    });
    const closed = new Promise((resolve) => sockets[0]?.once("close", resolve));
    await Promise.race([closed, failed]);
    await eventually("it is to be tried again", () => lab.time.waitingCount === 2);
    dialer.close();
    await failed;
  });

  it("ends open connections with the program and holds new ones until it is back", async () => {
    const to = await away();
    const { port, forwarder } = await lab.forwarder(to);
    const accepted: Socket[] = [];
    await lab.child((socket) => accepted.push(socket.resume()), to.port);
    const peer = await lab.peer(port);
    await eventually("it is served", () => accepted.length === 1);
    accepted[0]?.destroy();
    assert.equal(await heardText(peer), "");
    peer.end();
    await lab.closeChildren();
    const next = await lab.peer(port);
    await meanwhile(
      "it waits",
      () => forwarder.connectionCount === 1 && lab.time.waitingCount === 2,
    );
    await lab.child(greet, to.port);
    next.end();
    const said = heardText(next);
    await meanwhile("it is served", () => forwarder.connectionCount === 0);
    assert.equal(await said, "hello");
  });

  it("lets open connections end in their own time and takes no new ones", async () => {
    const { port, forwarder } = await lab.forwarder(
      await lab.child((socket) => socket.pipe(socket)),
    );
    const peer = await lab.peer(port);
    peer.write("x");
    await once(peer, "data");
    const drained = forwarder.drained(60_000);
    await assert.rejects(lab.peer(port), { code: "ECONNREFUSED" });
    peer.end("last words");
    assert.equal(await heardText(peer), "last words");
    await drained;
    assert.equal(lab.time.waitingCount, 0);
  });

  it("waits for them no longer than told, and resets what is left in the end", async () => {
    const { port, forwarder } = await lab.forwarder(
      await lab.child((socket) => socket.pipe(socket)),
    );
    const peer = await lab.peer(port);
    peer.write("x");
    await once(peer, "data");
    const drained = forwarder.drained(60_000);
    lab.time.advance(60_000);
    await drained;
    assert.equal(peer.readyState, "open");
    const closed = forwarder.close(1_000);
    lab.time.advance(1_000);
    await closed;
    assert.equal(await errorOf(peer.resume()), "ECONNRESET");
  });

  it("is waited for by several, each as long as it likes", async () => {
    const { port, forwarder } = await lab.forwarder(
      await lab.child((socket) => socket.pipe(socket)),
    );
    const peer = await lab.peer(port);
    peer.write("x");
    await once(peer, "data");
    const ended: string[] = [];
    const long = forwarder.drained(3_600_000).then(() => ended.push("long"));
    const short = forwarder.drained(1_000).then(() => ended.push("short"));
    lab.time.advance(1_000);
    await short;
    peer.resume().end();
    await long;
    assert.deepEqual([ended, lab.time.waitingCount], [["short", "long"], 0]);
  });

  it("delivers what a program said last that ended for good, and does not wait for its peers to end too", async () => {
    const { address, accepted } = await lab.patientChild();
    const { port, forwarder } = await lab.forwarder(address);
    const peer = await lab.peer(port);
    const said = heardText(peer);
    const child = await accepted;
    child.write("first words, ");
    await once(peer, "data");
    child.end("last words");
    await forwarder.close(3_600_000);
    assert.equal(await said, "first words, last words");
    assert.equal(lab.time.waitingCount, 0);
  });

  it("resets those that still wait when the program has ended for good", async () => {
    const { port, forwarder } = await lab.forwarder(await away());
    const peer = await lab.peer(port);
    await eventually("it waits", () => {
      assert.deepEqual(lab.notes, []);
      return lab.time.waitingCount === 2;
    });
    await forwarder.close(1_000);
    assert.equal(await errorOf(peer.resume()), "ECONNRESET");
    assert.deepEqual([lab.notes, lab.time.waitingCount], [[], 0]);
  });
});
