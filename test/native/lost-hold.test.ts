// A held port whose descriptor something closed: found, and taken back without touching what has the number by then.

import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, readdirSync } from "node:fs";
import { openHostPorts } from "@portlease/native";
import { describeOnLinux } from "./support/linux-only.js";
import { reserveIfFree, TestPorts } from "./support/test-ports.js";

describeOnLinux("verifyPort() of a held block", () => {
  it("finds a hold that is gone, and never closes what has its number now", async () => {
    const host = openHostPorts();
    const ports = await TestPorts.open(host);
    const sockets = (): readonly number[] =>
      readdirSync("/proc/self/fd").map(Number).filter(isSocket);
    const firstPort = await ports.take(1);
    const before = sockets();
    const block = (await reserveIfFree(host, firstPort, 1)) ?? assert.fail();
    try {
      const descriptor = sockets().find((open) => !before.includes(open)) ?? assert.fail();
      assert.equal(block.verifyPort(firstPort), true);
      closeSync(descriptor);
      const other = openSync("/dev/null", "r");
      assert.equal(other, descriptor, "the lowest free number is given out next");
      assert.equal(block.verifyPort(firstPort), false);
      assert.deepEqual(block.uncoveredPorts(), [firstPort]);
      assert.deepEqual(host.tryBind("tcp", "127.0.0.1", firstPort), { bound: true });
      assert.deepEqual(block.coverPort(firstPort), { state: "free" });
      assert.equal(block.verifyPort(firstPort), true);
      assert.equal(host.tryBind("tcp", "127.0.0.1", firstPort).bound, false);
      assert.ok(fstatSync(other).isCharacterDevice());
      closeSync(other);
    } finally {
      await block.release();
      await ports.close();
    }
  });
});

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}
