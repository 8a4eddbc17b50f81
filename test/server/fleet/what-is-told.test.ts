// What the fleet is told of a broker, and what it never is.

import assert from "node:assert/strict";
import { isLeaseId } from "#fleet/records/fleet-keys.js";
import { readHost, writeHost } from "#fleet/records/host-json.js";
import { readLease, writeLease } from "#fleet/records/lease-json.js";
import { brokerIdOf } from "#server/fleet/broker-id.js";
import { GrantMinutes } from "#server/fleet/grant-minutes.js";
import { hostFacts } from "#server/fleet/host-facts.js";
import { toFleetLease } from "#server/fleet/to-fleet-lease.js";
import { findWhereabouts } from "#server/fleet/whereabouts.js";
import { holderKeys } from "#server/holder-keys.js";
import { brokerFixture } from "../../support/broker-fixture.js";
import { sampleLease } from "../../support/store-samples.js";
import { sampleFacts } from "./publisher-lab.js";

describe("what the fleet is told of a lease", () => {
  it("is its ports, its service and how it stands, and nothing of process, caller or request", () => {
    const request = { key: "secret-request", bodyHash: "secret-body" };
    const text = writeLease(toFleetLease(sampleLease(1, { request }), true));
    assert.ok("record" in readLease(Buffer.from(text)));
    const names = Object.keys(JSON.parse(text) as object);
    assert.deepEqual(names.toSorted(), [
      "binding",
      "draining",
      "generation",
      "granted",
      "instance",
      "labels",
      "pool",
      "port",
      "portCount",
      "protocol",
      "service",
      "ttlMs",
      "unprotected",
      "v",
    ]);
    for (const secret of ["secret", "4711", "1234567"]) assert.ok(!text.includes(secret), secret);
  });
});

describe("what the fleet is told of a host", () => {
  it("is understood by who reads it: pools, problems and grants", async () => {
    const { broker, clock } = await brokerFixture({ policy: { size: 8 } });
    const grants = new GrantMinutes(clock.wallMs(), 0);
    grants.advance(clock.wallMs(), 7);
    grants.advance(clock.wallMs() + 60_000, 7);
    const host = { ...sampleFacts, brokerAddresses: ["a".repeat(301), "127.0.0.1:7600"] };
    const auditLogProblem = `no room${"!".repeat(5_000)}`;
    const facts = hostFacts({ broker, host, auditLogProblem, grants });
    const read = readHost(Buffer.from(writeHost({ ...facts, saidWallMs: clock.wallMs() })));
    assert.ok("record" in read, JSON.stringify(read));
    const { pools, problems, serving, brokerAddresses } = read.record;
    assert.deepEqual(
      pools.map(({ name, usage }) => [name, usage.total, usage.free]),
      [["default", 8, 8]],
    );
    assert.deepEqual([problems[0]?.reason, serving], ["AUDIT_LOG_UNAVAILABLE", "serving"]);
    assert.deepEqual(brokerAddresses, ["127.0.0.1:7600"]);
    assert.deepEqual(read.record.grants.counts, [7]);
  });
});

describe("a broker's id in the fleet", () => {
  const secret = new Uint8Array(32).fill(7);

  it("is the same for the same secret, and another for another", () => {
    assert.equal(brokerIdOf(secret), brokerIdOf(Uint8Array.from(secret)));
    assert.notEqual(brokerIdOf(secret), brokerIdOf(new Uint8Array(32).fill(8)));
    assert.match(brokerIdOf(secret), /^[\da-f]{32}$/);
  });

  it("is no holder key: what it is made of is no lease's id", () => {
    const text = "portlease fleet broker";
    const made = Buffer.from(holderKeys(secret).keyFor(text), "base64url").toString("hex");
    assert.ok(made.startsWith(brokerIdOf(secret)));
    assert.equal(isLeaseId(text), false);
  });
});

describe("where other hosts find a broker", () => {
  const onLoopback = {
    listen: "127.0.0.1:7600",
    httpListen: null,
    addresses: ["127.0.0.1:7600", "unix:/run/portlease.sock"],
    httpUrl: "http://127.0.0.1:7601/",
  };
  const everywhere = {
    listen: "0.0.0.0:7600",
    httpListen: "[::]:7601",
    addresses: ["127.0.0.1:7600"],
    httpUrl: "https://[::1]:7601/",
  };

  for (const [what, listeners, address, brokerAddresses, dashboardUrl] of [
    ["on loopback", onLoopback, "web-1", onLoopback.addresses, ""],
    [
      "on loopback, as everybody is",
      onLoopback,
      "127.0.0.1",
      onLoopback.addresses,
      onLoopback.httpUrl,
    ],
    ["on all addresses", everywhere, "web-1", ["web-1:7600"], "https://web-1:7601/"],
    [
      "on all addresses, by IPv6",
      everywhere,
      "fd00::1",
      ["[fd00::1]:7600"],
      "https://[fd00::1]:7601/",
    ],
    [
      "on one address",
      {
        ...everywhere,
        listen: "10.0.0.7:7600",
        httpListen: "10.0.0.7:7601",
        addresses: ["10.0.0.7:7600"],
        httpUrl: "https://10.0.0.7:7601/",
      },
      "web-1",
      ["10.0.0.7:7600"],
      "https://10.0.0.7:7601/",
    ],
    ["without HTTP", { ...onLoopback, httpUrl: "" }, "web-1", onLoopback.addresses, ""],
  ] as const) {
    it(`is said for one ${what}`, () => {
      assert.deepEqual(findWhereabouts(listeners, address), { brokerAddresses, dashboardUrl });
    });
  }
});
