// Which leases the options of `portlease run` ask for.

import assert from "node:assert/strict";
import { leasesWanted, portsWanted } from "#cli/run/leases-wanted.js";
import { namedWish, type NamedWish } from "#cli/run/named-wish.js";
import type { RunOptions } from "#cli/run/run-options.js";

const plain: RunOptions = {
  count: 1,
  handover: "auto",
  restart: "no",
  onLost: "ignore",
  waitBroker: 0,
};

const named = (...texts: readonly string[]): readonly NamedWish[] =>
  texts.reduce<readonly NamedWish[]>((before, text) => namedWish(text, before), []);

const wanted = (options: Partial<RunOptions>) => leasesWanted({ ...plain, ...options }, "orders");

describe("leasesWanted", () => {
  it("is one lease of consecutive ports without --lease", () => {
    const options = { count: 3, port: 8_080, must: true, pool: "web", instance: "1", ttl: 5 };
    assert.deepEqual(wanted({ ...options, protocol: "udp" }), [
      {
        name: null,
        acquire: {
          service: "orders",
          instance: "1",
          pool: "web",
          protocol: "udp",
          portCount: 3,
          preferredPort: 8_080,
          preferredPortMode: "must",
          ttlMs: 5,
        },
      },
    ]);
    assert.equal(portsWanted(wanted(options)).length, 3);
  });

  it("is a lease for each --lease, whose own wishes go before the options for all", () => {
    const lease = named("http", "dns=protocol:udp,pool:dns,port:5353,must");
    const [http, dns] = wanted({ lease, pool: "web", maxWait: 7 });
    const common = { service: "orders", portCount: 1, maxWaitMs: 7 };
    assert.deepEqual(http, {
      name: "http",
      acquire: { ...common, instance: "http", pool: "web", preferredPortMode: "prefer" },
    });
    assert.deepEqual(dns, {
      name: "dns",
      acquire: {
        ...common,
        instance: "dns",
        pool: "dns",
        protocol: "udp",
        preferredPort: 5_353,
        preferredPortMode: "must",
      },
    });
  });

  it("gives each of them an instance of its own, by which its port is found again", () => {
    const wishes = wanted({ lease: named("a", "b"), instance: "blue" });
    assert.deepEqual(
      wishes.map(({ acquire }) => acquire.instance),
      ["blue/a", "blue/b"],
    );
  });

  it("refuses to insist on a port that it does not name", () => {
    const refused = { exitCode: 2, message: /must.*which port/ };
    assert.throws(() => wanted({ must: true }), refused);
    assert.throws(() => wanted({ lease: named("http=must") }), refused);
  });

  for (const options of [{ count: 2 }, { port: 8_080 }, { must: true }]) {
    it(`refuses --${Object.keys(options).join()} beside --lease`, () => {
      assert.throws(() => wanted({ ...options, lease: named("a") }), { exitCode: 2 });
    });
  }
});

describe("namedWish", () => {
  for (const text of [
    "",
    "1st",
    "a:b",
    "a=",
    "a=port",
    "a=port:0",
    "a=pool:",
    "a=must:1",
    "a=protocol:sctp",
    "a=colour:red",
  ]) {
    it(`refuses "${text}"`, () => assert.throws(() => namedWish(text), /./));
  }

  it("refuses two names that are one in a variable", () => {
    assert.throws(() => named("admin-api", "Admin_API"), /there already/);
  });
});
