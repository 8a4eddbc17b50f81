import assert from "node:assert/strict";
import { FakeHostPorts } from "@portlease/native/fake";
import { type ConnectionEnds, PeerProcesses } from "#server/peer-processes.js";

const ends: ConnectionEnds = {
  localAddress: "127.0.0.1",
  localPort: 7_600,
  remoteAddress: "127.0.0.1",
  remotePort: 50_000,
};

/** Shell 10 started program 11; 12 is somebody else's. */
function hostWithFamily(): FakeHostPorts & { looks: number } {
  const host = Object.assign(new FakeHostPorts(), { looks: 0 });
  host.startProcess({ processId: 10, processName: "shell", startTime: "a" });
  host.startProcess({ processId: 11, processName: "program", startTime: "b" }, 10);
  host.startProcess({ processId: 12, processName: "stranger", startTime: "c" });
  const look = host.connectionOwner.bind(host);
  host.connectionOwner = (connection) => {
    host.looks += 1;
    return look(connection);
  };
  return host;
}

describe("PeerProcesses", () => {
  it("tells the process at the other end from its ancestors and from others", () => {
    const host = hostWithFamily();
    host.connectFrom(11, ends.remotePort);
    const processes = new PeerProcesses(host);
    assert.deepEqual(processes.claim(ends, 11), { startTime: "b", standing: "same" });
    assert.deepEqual(processes.claim(ends, 10), { startTime: "a", standing: "ancestor" });
    assert.deepEqual(processes.claim(ends, 12), { startTime: "c", standing: "other" });
  });

  it("names who has a connection, and looks once for that", () => {
    const host = hostWithFamily();
    host.connectFrom(11, ends.remotePort);
    const processes = new PeerProcesses(host);
    assert.deepEqual([processes.ownerOf(ends), processes.ownerOf(ends)], [11, 11]);
    const unknown = { ...ends, remotePort: 50_001 };
    assert.deepEqual([processes.ownerOf(unknown), processes.ownerOf(unknown)], [null, null]);
    assert.equal(host.looks, 2);
  });

  it("knows nothing without a connection, without an owner, and without a line of parents", () => {
    const host = hostWithFamily();
    const processes = new PeerProcesses(host);
    assert.equal(processes.claim(null, 11).standing, "unknown");
    assert.equal(processes.claim(ends, 11).standing, "unknown");
    host.connectFrom(99, 50_001);
    assert.equal(processes.claim({ ...ends, remotePort: 50_001 }, 11).standing, "unknown");
    assert.equal(processes.claim(ends, 4_000).startTime, null);
  });

  it("says of a process that nothing else is known of when it is in another network namespace", () => {
    const host = hostWithFamily();
    host.moveElsewhere(12);
    const processes = new PeerProcesses(host);
    assert.equal(processes.claim(null, 12).standing, "elsewhere");
    assert.equal(processes.claim(ends, 12).standing, "elsewhere");
    assert.equal(processes.claim(null, 11).standing, "unknown");
  });

  it("looks once for each connection and process", () => {
    const host = hostWithFamily();
    host.connectFrom(11, ends.remotePort);
    const processes = new PeerProcesses(host);
    for (let count = 0; count < 5; count += 1) {
      assert.equal(processes.claim(ends, 11).standing, "same");
    }
    assert.equal(host.looks, 1);
    processes.claim({ ...ends }, 11);
    assert.equal(host.looks, 2, "another connection, though it has the same ends");
  });

  it("looks again when the id is another process's", () => {
    const host = hostWithFamily();
    host.connectFrom(11, ends.remotePort);
    const processes = new PeerProcesses(host);
    assert.equal(processes.claim(ends, 11).standing, "same");
    host.endProcess(11);
    host.startProcess({ processId: 11, processName: "heir", startTime: "d" });
    host.connectFrom(12, ends.remotePort);
    assert.deepEqual(processes.claim(ends, 11), { startTime: "d", standing: "other" });
  });

  it("remembers a bounded number of claims of one connection", () => {
    const host = hostWithFamily();
    const processes = new PeerProcesses(host);
    for (let processId = 100; processId < 400; processId += 1) processes.claim(ends, processId);
    processes.claim(ends, 100);
    assert.equal(host.looks, 301, "the first one was forgotten");
  });
});
