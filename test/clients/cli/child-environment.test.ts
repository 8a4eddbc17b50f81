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

const passed = { names: [], socketCount: 3 };

describe("childEnvironment", () => {
  it("names the ports, the lease and the sockets", () => {
    assert.deepEqual(childEnvironment({ HOME: "/h" }, leased, passed), {
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
    const environment = childEnvironment({}, leased, {
      ...passed,
      names: ["HTTP_PORT", "ADMIN_PORT"],
    });
    assert.equal(environment["HTTP_PORT"], "20000");
    assert.equal(environment["ADMIN_PORT"], "20000");
  });

  it("names no sockets where none are passed", () => {
    const environment = childEnvironment({}, leased, { ...passed, socketCount: 0 });
    assert.equal(environment["PORTLEASE_PORTS"], "20000,20001,20002");
    assert.deepEqual(
      Object.keys(environment).filter((name) => name.startsWith("LISTEN_")),
      [],
    );
  });

  it("never passes a holder key on, whatever the case of its name", () => {
    const inherited = { PORTLEASE_HOLDER_KEY: "k", Portlease_Holder_Key: "k" };
    const environment = childEnvironment(inherited, leased, passed);
    const names = Object.keys(environment).map((name) => name.toUpperCase());
    assert.ok(!names.includes("PORTLEASE_HOLDER_KEY"));
  });
});

describe("isForegroundStat", () => {
  it("compares the process group with the terminal's, whatever the command is called", () => {
    assert.equal(isForegroundStat("9 (a) 1) R) S 1 9 9 34816 9 0 0"), true);
    assert.equal(isForegroundStat("9 (node) S 1 9 9 34816 7 0 0"), false);
    assert.equal(isForegroundStat("9 (node) S 1 9 9 0 -1 0 0"), false);
  });
});
