// Facts are collected from whatever HostPorts there is; what it cannot tell becomes "unknown", never "nothing".

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { FakeHostPorts } from "#native/fake-host-ports.js";
import { gatherPortFacts } from "#server/explain/gather-port-facts.js";
import { blockRequest } from "../../support/native-requests.js";

const port = 8_080;

function sources(hostPorts: FakeHostPorts) {
  return { hostPorts, unprivilegedPortStart: () => Promise.resolve(1_024) };
}

describe("Gathering the facts about a port", () => {
  it("finds the sockets of the port and of no other, with the names of their processes", async () => {
    const host = new FakeHostPorts();
    host.openSocket({ port, processId: 4_211, processName: "nginx" });
    host.openSocket({ port: port + 1 });
    const facts = await gatherPortFacts(sources(host), "tcp", port, null);
    assert.equal(facts.sockets?.length, 1);
    assert.deepEqual(facts.holders, [{ processId: 4_211, processName: "nginx" }]);
    assert.deepEqual(
      facts.trials.map(({ trial }) => trial?.bound),
      // A socket for IPv4 alone leaves the IPv6 loopback free.
      [false, false, false, true],
    );
  });

  it("leaves nothing bound behind", async () => {
    const host = new FakeHostPorts();
    const first = await gatherPortFacts(sources(host), "tcp", port, null);
    const again = await gatherPortFacts(sources(host), "tcp", port, null);
    assert.ok(first.trials.every(({ trial }) => trial?.bound === true));
    assert.deepEqual(again, first);
  });

  it("is refused by a block like any other process", async () => {
    const host = new FakeHostPorts({
      capabilities: { platform: "win32", kinds: ["persistent"], autoKind: "persistent" },
    });
    await host.reserveBlock(blockRequest({ kind: "persistent", firstPort: port, portCount: 1 }));
    const { trials } = await gatherPortFacts(sources(host), "tcp", port, null);
    for (const { trial } of trials) {
      assert.deepEqual(trial, { bound: false, errorNumber: 10_013, errorName: "WSAEACCES" });
    }
  });

  it("says unknown where tables cannot be read or ranges are not known", async () => {
    const host = new FakeHostPorts({ dynamicRange: null, excludedRanges: null });
    host.failNext("observeSockets", new NativeError("UNSUPPORTED", "no tables here"));
    host.failNext("findHolders", new NativeError("UNSUPPORTED", "no tables here"));
    const facts = await gatherPortFacts(sources(host), "tcp", port, null);
    assert.equal(facts.sockets, null);
    assert.deepEqual(facts.holders, []);
    assert.equal(facts.excludedRanges, null);
    assert.equal(facts.dynamicRange, null);
  });

  it("says unknown for binds that cannot be tried", async () => {
    const host = new FakeHostPorts();
    host.tryBind = () => {
      throw new NativeError("DESCRIPTOR_LIMIT", "no descriptor is left");
    };
    const { trials } = await gatherPortFacts(sources(host), "tcp", port, null);
    assert.deepEqual(
      trials.map(({ trial }) => trial),
      [null, null, null, null],
    );
  });

  it("knows a process that is gone from one that it may not look at", async () => {
    const host = new FakeHostPorts();
    const listener = (processId: number) => ({
      protocol: "tcp" as const,
      family: "ipv4" as const,
      localAddress: "0.0.0.0",
      localPort: port,
      remoteAddress: "0.0.0.0",
      remotePort: 0,
      state: "listen" as const,
      processId,
      socketId: null,
    });
    const [gone, named] = [31, 33];
    host.findHolders = () =>
      Promise.resolve(
        new Map([
          [
            port,
            [
              { processId: gone, processName: "" },
              { processId: named, processName: "lsass.exe" },
            ],
          ],
        ]),
      );
    host.observeSockets = () =>
      Promise.resolve([listener(gone), listener(32), listener(named), listener(process.pid)]);
    const identify = host.identifyProcess.bind(host);
    host.identifyProcess = (processId) => {
      if (processId === 32) throw new NativeError("ACCESS_DENIED", "not for you");
      return identify(processId);
    };
    const { sockets } = await gatherPortFacts(sources(host), "tcp", port, null);
    assert.deepEqual(
      sockets?.map(({ processAlive }) => processAlive),
      [false, null, true, true],
    );
    assert.equal(sockets?.[0]?.processName, null);
  });
});
