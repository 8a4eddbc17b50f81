// Keys of the fleet: what is built is parsed again, and what is none of ours is told.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { FleetKeys } from "#fleet/records/fleet-keys.js";

const keys = new FleetKeys("/portlease/");
const hostIds = fc.stringMatching(/^[a-z0-9][A-Za-z0-9._-]{0,252}$/);
const leaseIds = fc.stringMatching(/^[0-9a-z-]{1,32}$/);

describe("keys of the fleet", () => {
  it("are as documented", () => {
    assert.equal(keys.host("web-1"), "/portlease/hosts/web-1");
    assert.equal(keys.presence("web-1"), "/portlease/presence/web-1");
    assert.equal(keys.lease("web-1", "0a-b"), "/portlease/leases/web-1/0a-b");
    assert.equal(keys.leasesOf("web-1"), "/portlease/leases/web-1/");
  });

  it("are parsed as they were built", () => {
    fc.assert(
      fc.property(hostIds, leaseIds, (hostId, leaseId) => {
        assert.deepEqual(keys.parse(keys.host(hostId)), { kind: "host", hostId });
        assert.deepEqual(keys.parse(keys.presence(hostId)), { kind: "presence", hostId });
        assert.deepEqual(keys.parse(keys.lease(hostId, leaseId)), {
          kind: "lease",
          hostId,
          leaseId,
        });
      }),
    );
  });

  it("are told when they are none, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (rest) => {
        keys.parse(rest);
        keys.parse(keys.leases + rest);
        keys.parse(keys.hosts + rest);
      }),
    );
    for (const [key, why] of [
      ["/portlease/other", /neither in hosts\/ nor/],
      ["/elsewhere/hosts/web-1", /neither in hosts\/ nor/],
      ["/portlease/hosts/", /names no host/],
      ["/portlease/hosts/a/b", /names no host/],
      ["/portlease/hosts/..", /names no host/],
      ["/portlease/hosts/a b", /names no host/],
      [`/portlease/hosts/${"a".repeat(254)}`, /names no host/],
      ["/portlease/presence/a\n", /names no host/],
      ["/portlease/leases/web-1", /names a host and no lease/],
      ["/portlease/leases/web-1/", /names no lease/],
      ["/portlease/leases//x", /names no host/],
      ["/portlease/leases/web-1/a/b", /names no lease/],
      [`/portlease/leases/web-1/${"a".repeat(33)}`, /names no lease/],
    ] as const) {
      const parsed = keys.parse(key);
      assert.equal(parsed.kind, "unreadable", key);
      assert.ok("why" in parsed);
      assert.match(parsed.why, why);
    }
  });

  it("need a prefix between slashes", () => {
    for (const prefix of ["", "portlease/", "/portlease"]) {
      assert.throws(() => new FleetKeys(prefix), RangeError);
    }
    assert.equal(new FleetKeys("/").host("a"), "/hosts/a");
  });
});
