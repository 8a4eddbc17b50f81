// Where a fleet server knocks, and where it does not whatever a host says of itself.

import assert from "node:assert/strict";
import { knockTarget, mayKnockAt } from "#fleet/probe/knock-target.js";

describe("where to knock at a host", () => {
  it("is the broker's first address that others can reach", () => {
    const brokerAddresses = ["unix:/run/portlease.sock", "127.0.0.1:7600", "10.0.0.7:7700"];
    const target = knockTarget({ address: "build-01.example", brokerAddresses });
    assert.deepEqual(target, { host: "10.0.0.7", port: 7_700 });
  });

  it("is the host's own address where the broker listens for its own host, or for everybody", () => {
    for (const listen of ["127.0.0.1:7600", "[::1]:7600", "0.0.0.0:7600", "[::]:7600"]) {
      const target = knockTarget({ address: "build-01.example", brokerAddresses: [listen] });
      assert.deepEqual(target, { host: "build-01.example", port: 7_600 });
    }
  });

  it("is nowhere for a broker without a port, without an address, or at a port of somebody else", () => {
    const silent = ["unix:/run/portlease.sock"];
    assert.equal(knockTarget({ address: "build-01.example", brokerAddresses: silent }), null);
    assert.equal(knockTarget({ address: "", brokerAddresses: ["127.0.0.1:7600"] }), null);
    assert.equal(knockTarget({ address: "10.0.0.7", brokerAddresses: ["10.0.0.7:22"] }), null);
    assert.equal(knockTarget({ address: "10.0.0.7", brokerAddresses: ["garbage"] }), null);
  });
});

describe("an address that a host wrote", () => {
  const refused = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "build-01.example",
  ];
  for (const address of refused) {
    it(`is not knocked at when it is ${address}`, () => assert.equal(mayKnockAt(address), false));
  }

  it("is knocked at when it is one of a host", () => {
    for (const address of ["10.0.0.7", "192.168.1.2", "2001:db8::7", "fd12::7", "127.0.0.1"]) {
      assert.equal(mayKnockAt(address), true, address);
    }
  });
});
