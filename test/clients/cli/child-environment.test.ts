// What a program under `portlease run` is told.

import assert from "node:assert/strict";
import { childEnvironment } from "#cli/child-environment.js";
import { isForegroundStat } from "#cli/forward-signals.js";

const leased = {
  leaseId: "lease-1",
  port: 20_000,
  portCount: 3,
  generation: 2n ** 60n,
  brokerAddress: "127.0.0.1:7600",
};

describe("childEnvironment", () => {
  it("names the ports, the lease and the sockets", () => {
    assert.deepEqual(childEnvironment({ HOME: "/h" }, leased, []), {
      HOME: "/h",
      PORT: "20000",
      PORTLEASE_PORT: "20000",
      PORTLEASE_PORTS: "20000,20001,20002",
      PORTLEASE_LEASE_ID: "lease-1",
      PORTLEASE_GENERATION: "1152921504606846976",
      PORTLEASE_ADDRESS: "127.0.0.1:7600",
      LISTEN_FDS: "3",
      LISTEN_FDNAMES: "portlease:portlease:portlease",
    });
  });

  it("puts the first port under every name asked for", () => {
    const environment = childEnvironment({}, leased, ["HTTP_PORT", "ADMIN_PORT"]);
    assert.equal(environment["HTTP_PORT"], "20000");
    assert.equal(environment["ADMIN_PORT"], "20000");
  });

  it("never passes a holder key on", () => {
    const environment = childEnvironment({ PORTLEASE_HOLDER_KEY: "k" }, leased, []);
    assert.ok(!("PORTLEASE_HOLDER_KEY" in environment));
  });
});

describe("isForegroundStat", () => {
  it("compares the process group with the terminal's, whatever the command is called", () => {
    assert.equal(isForegroundStat("9 (a) 1) R) S 1 9 9 34816 9 0 0"), true);
    assert.equal(isForegroundStat("9 (node) S 1 9 9 34816 7 0 0"), false);
    assert.equal(isForegroundStat("9 (node) S 1 9 9 0 -1 0 0"), false);
  });
});
