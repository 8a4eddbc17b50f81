import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { AcceptLimits } from "#server/grpc/accept-limits.js";

const limits = { connectionsMax: 4, connectionsPerAddressMax: 2, callsPerSecondMax: 1 };

function socket(remoteAddress: string | undefined): Socket {
  return Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket;
}

describe("AcceptLimits", () => {
  it("leave room for others when one address of another host wants too much", () => {
    const accept = new AcceptLimits(limits);
    const first = socket("192.0.2.1");
    assert.equal(accept.admit(first), null);
    assert.equal(accept.admit(socket("192.0.2.1")), null);
    assert.match(accept.admit(socket("192.0.2.1")) ?? "", /connectionsPerAddress is 2/);
    assert.equal(accept.admit(socket("192.0.2.2")), null);
    first.emit("close");
    assert.equal(accept.admit(socket("192.0.2.1")), null);
  });

  it("do not count the processes of this host apart, which all have one address", () => {
    const accept = new AcceptLimits(limits);
    for (const address of ["127.0.0.1", "127.0.0.1", "127.0.0.1", undefined]) {
      assert.equal(accept.admit(socket(address)), null);
    }
    assert.match(accept.admit(socket("127.0.0.1")) ?? "", /limits\.connections is 4/);
  });
});
