import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { PeerConnections } from "#server/grpc/peer-connections.js";

function socket(localPort: number, remotePort: number): Socket {
  const ends = { localAddress: "127.0.0.1", localPort, remoteAddress: "127.0.0.1", remotePort };
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

  it("leaves out what has no addresses, such as a pipe", () => {
    const connections = new PeerConnections();
    connections.add(new EventEmitter() as unknown as Socket);
    assert.equal(connections.find("unknown"), null);
  });
});
