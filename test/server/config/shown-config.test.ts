// A configuration as it is shown: written into a file again, it says the same.

import assert from "node:assert/strict";
import { showConfig, shownSettings } from "#server/config/shown-config.js";
import { load } from "../../support/config-world.js";

const file = JSON.stringify({
  http: { allowedHosts: ["ports.example.org"] },
  tokens: [{ name: "ci", role: "holder", file: "/etc/ci.token" }],
  tls: {
    certFile: "/etc/cert.pem",
    keyFile: "/etc/key.pem",
    clientCaFile: "/etc/ca.pem",
    identities: [{ match: "DNS:orders.example.org", role: "holder" }],
  },
  auditLog: { file: "none" },
  fleet: {
    etcd: "etcds://a,b:2380/ports",
    hostId: "web-1",
    address: "10.0.0.7",
    labels: { rack: "a7" },
    presenceTtl: "30s",
    user: "ports",
    passwordFile: "/etc/etcd.password",
    caFile: "/etc/etcd.ca",
    certFile: "/etc/etcd.pem",
    keyFile: "/etc/etcd.key",
  },
  history: { maxAge: "1h30m" },
  pools: [
    { name: "default", size: 32, maxSize: 96, quota: { perService: 3, services: { web: 9 } } },
    { name: "gateways", start: 21_000, size: 64, pins: [{ port: 21_000, service: "gateway" }] },
  ],
});

describe("showConfig", () => {
  for (const [what, options] of [
    ["of defaults alone", {}],
    ["with something of everything", { file }],
  ] as const) {
    it(`shows a configuration ${what} in a shape that is read as the same`, () => {
      const { config } = load(options);
      const again = load({ file: JSON.stringify(showConfig(config)) });
      assert.deepEqual(again.config, config);
    });
  }

  it("has the source of every value by its path", () => {
    const { config, sources } = load({ file });
    const paths = [...shownSettings(showConfig(config)).keys()];
    assert.deepEqual(paths.toSorted(), [...sources.keys()].toSorted());
    assert.equal(sources.get("pools.gateways.name")?.kind, "file");
  });
});
