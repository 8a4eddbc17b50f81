import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { PeerConnections } from "#server/grpc/peer-connections.js";

function socket(localPort: number, remotePort: number, remoteAddress = "127.0.0.1"): Socket {
  const ends = { localAddress: "127.0.0.1", localPort, remoteAddress, remotePort };
  return Object.assign(new EventEmitter(), ends) as unknown as Socket;
}

describe("PeerConnections", () => {
  it("finds a connection by its peer until it closes", () => {
    const connections = new PeerConnections();
    const open = socket(7_600, 50_000);
    connections.add(open);
    const found = connections.find("127.0.0.1:50000");
    assert.equal(found?.localPort, 7_600);
    assert.equal(connections.find("127.0.0.1:50000"), found, "the same object each time");
    open.emit("close");
    assert.equal(connections.find("127.0.0.1:50000"), null);
  });

  it("says nothing of a peer that could be on two connections", () => {
    const connections = new PeerConnections();
    const [first, second] = [socket(7_600, 50_000), socket(7_601, 50_000)];
    connections.add(first);
    connections.add(second);
    assert.equal(connections.find("127.0.0.1:50000"), null);
    first.emit("close");
    assert.equal(connections.find("127.0.0.1:50000")?.localPort, 7_601);
  });

  it("tells connections apart whose server knows which one a call is on", () => {
    const connections = new PeerConnections();
    connections.add(socket(7_600, 50_000), ["CN:other"]);
    const [first, second] = [socket(7_601, 50_000), socket(7_602, 50_000, "192.0.2.1")];
    const [one, two] = [connections.addNamed(first, ["CN:x"]), connections.addNamed(second, [])];
    assert.match(one, /^127\.0\.0\.1:50000#/);
    assert.equal(connections.find(one)?.localPort, 7_601);
    const here = { thisHost: true, certificateNames: ["CN:x"] };
    assert.deepEqual(connections.originOf(one), here);
    assert.equal(connections.originOf(two).thisHost, false);
    first.emit("close");
    assert.equal(connections.originOf(one).thisHost, false);
    const closed = Object.assign(socket(7_601, 50_001), { destroyed: true });
    assert.equal(connections.originOf(connections.addNamed(closed, [])).thisHost, false);
  });

  it("takes only what came through a local socket, or from loopback, for this host's", () => {
    const connections = new PeerConnections();
    const pipe = new EventEmitter() as unknown as Socket;
    connections.addLocal(pipe);
    const name = `${pipe.remoteAddress}:${pipe.remotePort}`;
    assert.deepEqual(connections.originOf(name), { thisHost: true, certificateNames: [] });
    assert.equal(connections.originOf(name), connections.originOf(name), "the same each time");
    assert.equal(connections.find(name), null, "it has no addresses");
    pipe.emit("close");
    assert.equal(connections.originOf(name).thisHost, false);
    // What grpc-js says of a connection that was closed before it was asked.
    assert.equal(connections.originOf("unknown").thisHost, false);
    connections.add(socket(7_600, 50_000));
    assert.equal(connections.originOf("127.0.0.1:50000").thisHost, true);
    connections.add(socket(7_600, 50_001, "192.0.2.1"), ["CN:x"]);
    const far = connections.originOf("192.0.2.1:50001");
    assert.deepEqual(far, { thisHost: false, certificateNames: ["CN:x"] });
  });

  it("lets a certificate speak for no call that may be on another connection", () => {
    const connections = new PeerConnections();
    connections.add(socket(7_600, 50_000, "192.0.2.1"), ["CN:x"]);
    connections.add(socket(7_601, 50_000, "192.0.2.1"));
    assert.deepEqual(connections.originOf("192.0.2.1:50000").certificateNames, []);
  });

  it("leaves out what has no addresses and is no local socket, such as one that is closed", () => {
    const connections = new PeerConnections();
    connections.add(new EventEmitter() as unknown as Socket);
    assert.equal(connections.find("unknown"), null);
  });
});
