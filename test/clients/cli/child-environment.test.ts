// What a program under `portlease run` is told.

import assert from "node:assert/strict";
import { childEnvironment, type ToldToChild } from "#cli/run/child-environment.js";
import { isForegroundStat } from "#cli/run/forward-signals.js";

const told: ToldToChild = {
  leases: [{ name: null, leaseId: "lease-1", generation: 2n ** 60n }],
  leasedPorts: [{ port: 20_000 }, { port: 20_001 }],
  programPorts: [
    { name: null, port: 20_000 },
    { name: null, port: 20_001 },
  ],
  brokerAddress: "127.0.0.1:7600",
  asked: [],
  added: {},
};

const named: ToldToChild = {
  ...told,
  leases: [
    { name: "http", leaseId: "lease-1", generation: 1n },
    { name: "admin-api", leaseId: "lease-2", generation: 2n },
  ],
  programPorts: [
    { name: "http", port: 20_000 },
    { name: "admin-api", port: 20_001 },
  ],
};

describe("childEnvironment", () => {
  it("names the ports, the lease, and what the handover adds", () => {
    const added = { LISTEN_FDS: "2" };
    assert.deepEqual(childEnvironment({ HOME: "/h" }, { ...told, added }), {
      HOME: "/h",
      PORT: "20000",
      PORTLEASE_PORT: "20000",
      PORTLEASE_PORTS: "20000,20001",
      PORTLEASE_LEASE_ID: "lease-1",
      PORTLEASE_GENERATION: "1152921504606846976",
      PORTLEASE_ADDRESS: "127.0.0.1:7600",
      LISTEN_FDS: "2",
    });
  });

  it("gives each named port, and its lease, variables of its own", () => {
    const environment = childEnvironment({}, named);
    assert.equal(environment["PORT"], "20000");
    assert.equal(environment["PORT_HTTP"], "20000");
    assert.equal(environment["PORT_ADMIN_API"], "20001");
    assert.equal(environment["PORTLEASE_LEASE_ID_ADMIN_API"], "lease-2");
    assert.equal(environment["PORTLEASE_GENERATION_ADMIN_API"], "2");
    assert.equal(environment["PORTLEASE_LEASE_ID"], "lease-1");
  });

  it("fills the variables that the user asks for, which win over all others", () => {
    const asked = [
      { name: "HTTP_PORT", template: "{port}" },
      { name: "URL", template: "http://localhost:{port:admin-api}/" },
      { name: "PORT", template: "{port2}" },
    ];
    const environment = childEnvironment({ URL: "old" }, { ...named, asked });
    assert.equal(environment["HTTP_PORT"], "20000");
    assert.equal(environment["URL"], "http://localhost:20001/");
    assert.equal(environment["PORT"], "20001");
  });

  it("has a variable of the user's in place of one with another case, where names have no case", () => {
    const asked = [{ name: "Http_Port", template: "{port}" }];
    const inherited = { HTTP_PORT: "80" };
    const windows = childEnvironment(inherited, { ...told, asked, hasCaselessNames: true });
    assert.equal(windows["HTTP_PORT"], undefined);
    const posix = childEnvironment(inherited, { ...told, asked });
    for (const { Http_Port: port } of [windows, posix]) assert.equal(port, "20000");
    assert.equal(posix["HTTP_PORT"], "80");
  });

  it("tells the program the ports that it is to use, and apart from them the leased ones", () => {
    const programPorts = [{ name: "http", port: 41_000 }];
    const environment = childEnvironment({}, { ...named, programPorts });
    assert.deepEqual([environment["PORT"], environment["PORT_HTTP"]], ["41000", "41000"]);
    assert.equal(environment["PORTLEASE_PORT"], "20000");
  });

  it("passes neither a holder key nor sockets on that were meant for this process, whatever the case of the name", () => {
    const inherited = { PORTLEASE_HOLDER_KEY: "k", Portlease_Holder_Key: "k", LISTEN_FDS: "1" };
    const secrets = {
      LISTEN_PID: "7",
      LISTEN_PIDFDID: "9",
      SYSTEMFD_SOCKET_SECRET: "s",
      PATH: "/bin",
    };
    const names = Object.keys(childEnvironment({ ...inherited, ...secrets }, told));
    assert.deepEqual(
      names.filter((name) => /holder_key|^LISTEN|^SYSTEMFD/i.test(name)),
      [],
    );
    assert.ok(names.includes("PATH"));
  });
});

describe("isForegroundStat", () => {
  it("compares the process group with the terminal's, whatever the command is called", () => {
    assert.equal(isForegroundStat("9 (a) 1) R) S 1 9 9 34816 9 0 0"), true);
    assert.equal(isForegroundStat("9 (node) S 1 9 9 34816 7 0 0"), false);
    assert.equal(isForegroundStat("9 (node) S 1 9 9 0 -1 0 0"), false);
  });
});
