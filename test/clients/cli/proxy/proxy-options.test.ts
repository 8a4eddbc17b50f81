// Which options `--proxy...` of `portlease run` go together, and what they mean when they are not given.

import assert from "node:assert/strict";
import { leasesWanted } from "#cli/run/leases-wanted.js";
import type { RunOptions } from "#cli/run/run-options.js";
import { proxyOptionsOf, type ProxyOptions } from "#cli/run/proxy/proxy-options.js";

const plain = {
  count: 1,
  handover: "auto",
  restart: "no",
  onLost: "ignore",
  waitBroker: 0,
} as const;

function meant(given: Partial<RunOptions>): ProxyOptions | null {
  const options: RunOptions = { ...plain, ...given };
  return proxyOptionsOf(options, leasesWanted(options, "service"));
}

describe("the options --proxy of portlease run", () => {
  it("mean nothing unless given", () => {
    assert.equal(meant({}), null);
  });

  it("have defaults", () => {
    assert.deepEqual(meant({ proxy: true }), {
      to: "port",
      waitMs: 30_000,
      idleMs: null,
      connectionsMax: 4_000,
      proxyProtocol: null,
      drainMs: 5_000,
    });
  });

  it("may say that nothing is waited for", () => {
    const options = meant({ proxy: true, proxyWait: 0, proxyDrain: 0, proxyIdle: 1 });
    assert.deepEqual([options?.waitMs, options?.drainMs, options?.idleMs], [0, 0, 1]);
  });

  const address = { kind: "tcp", host: "127.0.0.1", port: 80 } as const;
  const http = { name: "http" };
  const refused: readonly (readonly [string, Partial<RunOptions>, RegExp])[] = [
    ["UDP", { proxy: true, protocol: "udp" }, /forwards TCP connections only/],
    [
      "one number of both",
      { proxy: true, protocol: "tcp-and-udp" },
      /forwards TCP connections only/,
    ],
    [
      "one of several leases with UDP",
      { proxy: true, lease: [http, { name: "dns", protocol: "udp" }] },
      /forwards TCP connections only/,
    ],
    ["two ways at once", { proxy: true, handover: "sockets" }, /two ways for one thing/],
    ["one place for two ports", { proxy: true, count: 2, proxyTo: address }, /names one place/],
    [
      "one place for two leases",
      { proxy: true, lease: [http, { name: "admin" }], proxyTo: "socket" },
      /names one place/,
    ],
    ["details of a proxy that is not asked for", { proxyDrain: 0 }, /with --proxy only/],
  ];
  for (const [what, given, message] of refused) {
    it(`are refused for ${what}`, () => {
      assert.throws(() => meant(given), { code: "USAGE", message });
    });
  }
});
