// What a reload comes to, as a value: which settings change now, which wait for a restart, and which pools come and go.

import assert from "node:assert/strict";
import type { BrokerConfig } from "#server/config/config.js";
import { knownKeys } from "#server/config/settings-schema.js";
import { planReload } from "#server/reload/plan-reload.js";
import { reloadRules, type SettingKey } from "#server/reload/reload-rules.js";
import { load } from "../../support/config-world.js";

const tls = {
  certFile: "/a.pem",
  keyFile: "/a.key",
  clientCaFile: "/a.ca",
  identities: [{ match: "CN:a", role: "viewer" }],
};
const fleet = {
  etcd: "etcds://a",
  user: "a",
  passwordFile: "/a.password",
  certFile: "/a.pem",
  keyFile: "/a.key",
};
const pool = { name: "default", start: 20_000, size: 64, maxSize: 128, growBy: 32 };
const base = { tls, fleet, portserver: "/run/a.sock", pools: [pool] };

/** Another value of each setting; those of groups and of the pool "default" by their path. */
const others: Readonly<Record<SettingKey, unknown>> = {
  listen: "127.0.0.1:7700",
  "http.listen": "off",
  "http.allowedHosts": ["ports.example.org"],
  dataDirectory: "/elsewhere",
  localSocket: "on",
  discoveryFile: "/elsewhere/broker.json",
  portserver: "/run/b.sock",
  requireToken: true,
  tokens: [{ name: "ci", role: "viewer", file: "/ci.token" }],
  "tls.certFile": "/b.pem",
  "tls.keyFile": "/b.key",
  "tls.clientCaFile": "/b.ca",
  "tls.requireClientCertificate": true,
  "tls.identities": [{ match: "CN:b", role: "viewer" }],
  "limits.connections": 7,
  "limits.connectionsPerAddress": 7,
  "limits.callsPerSecond": 7,
  "log.level": "debug",
  "log.format": "text",
  "auditLog.file": "/elsewhere/audit.log",
  "auditLog.maxBytes": 100_000,
  "auditLog.maxFiles": 3,
  "history.maxChanges": 7,
  "history.maxAge": "7d",
  tracing: "otlp",
  "fleet.etcd": "etcds://b",
  "fleet.hostId": "b",
  "fleet.address": "b.example.org",
  "fleet.labels": { rack: "b" },
  "fleet.presenceTtl": "7s",
  "fleet.user": "b",
  "fleet.passwordFile": "/b.password",
  "fleet.caFile": "/b.ca",
  "fleet.certFile": "/b.pem",
  "fleet.keyFile": "/b.key",
  auditEvery: "7s",
  "pools.name": "default",
  "pools.protocol": "udp",
  "pools.kind": "held",
  "pools.isolation": "per-lease",
  "pools.bind": "plain",
  "pools.start": 21_000,
  "pools.size": 65,
  "pools.maxSize": 200,
  "pools.growBy": 16,
  "pools.shrinkAfter": "7m",
  "pools.pick": "compact",
  "pools.pins": [{ port: 20_001, service: "web" }],
  "pools.staticPorts": 7,
  "pools.quota.perService": 7,
  "pools.quota.services": { web: 7 },
  "pools.ttl.default": "7s",
  "pools.ttl.min": "7s",
  "pools.ttl.max": "7h",
  "pools.ttl.crowded": "7s",
  "pools.crowdedAt": 77,
  "pools.quarantine": "7s",
  "pools.quarantineMaxShare": 7,
  "pools.quarantineFloor": "700ms",
  "pools.maxPortCount": 7,
};

function configured(file: object): BrokerConfig {
  return load({ file: JSON.stringify(file) }).config;
}

function withSetting(key: string, value: unknown): object {
  const [group = "", ...rest] = key.split(".");
  if (rest.length === 0) return { ...base, [group]: value };
  const inner = rest.reduceRight<unknown>((part, name) => ({ [name]: part }), value) as object;
  if (group === "pools") return { ...base, pools: [{ ...pool, ...inner }] };
  const before = group === "tls" ? tls : group === "fleet" ? fleet : {};
  return { ...base, [group]: { ...before, ...inner } };
}

describe("reloadRules", () => {
  it("decide on every key of the configuration file", () => {
    const groups = Object.keys(knownKeys);
    const entries = /^(?:tokens|tls\.identities|pools\.pins)$/;
    const keys = Object.entries(knownKeys)
      .filter(([group]) => !entries.test(group))
      .flatMap(([group, names]) => names.map((name) => (group === "" ? name : `${group}.${name}`)))
      .filter((key) => !groups.includes(key) || entries.test(key));
    assert.deepEqual(Object.keys(reloadRules).toSorted(), keys.toSorted());
  });

  for (const [key, rule] of Object.entries(reloadRules)) {
    if (key === "pools.name") continue;
    const path = key.replace(/^pools\./, "pools.default.");
    it(`are kept for ${key}: ${rule === "at once" ? rule : "needs a restart"}`, () => {
      const current = configured(base);
      const wanted = configured(withSetting(key, others[key as SettingKey]));
      const { applied, restart, config } = planReload(current, wanted);
      const [counts, waits] = [applied, restart].map((changes) => changes.map((c) => c.path));
      if (rule === "at once") {
        assert.ok(counts?.includes(path), `${counts?.join()}`);
        assert.deepEqual(waits, []);
        assert.deepEqual(config, wanted);
      } else {
        assert.ok(waits?.includes(path) === true && !counts?.includes(path));
        assert.match(restart.find((c) => c.path === path)?.line ?? "", new RegExp(`: .+`));
        assert.deepEqual(planReload(config, wanted).restart, restart, "it is told again");
      }
    });
  }
});

describe("planReload", () => {
  it("has nothing to do for the same configuration", () => {
    const { applied, restart, opened, changed, retired, config } = planReload(
      configured(base),
      configured(base),
    );
    assert.deepEqual([applied, restart, opened, changed, retired], [[], [], [], [], []]);
    assert.deepEqual(config, configured(base));
  });

  it("opens and retires whole pools, and tells no values of them", () => {
    const current = configured({ pools: [{ name: "a" }, { name: "b" }] });
    const wanted = configured({ pools: [{ name: "b", size: 256 }, { name: "c" }] });
    const plan = planReload(current, wanted);
    assert.deepEqual(
      plan.opened.map(({ name }) => name),
      ["c"],
    );
    assert.deepEqual(plan.retired, ["a"]);
    assert.deepEqual([plan.applied, plan.restart, plan.changed], [[], [], []]);
  });

  it("keeps what is counted in ports within the block that stays", () => {
    const current = configured({ pools: [{ name: "default", size: 8 }] });
    const wanted = configured({ pools: [{ name: "default", size: 16, maxPortCount: 12 }] });
    const [inForce] = planReload(current, wanted).config.pools;
    assert.deepEqual([inForce?.size, inForce?.sizeMax, inForce?.portCountMax], [8, 16, 8]);
    const [smaller] = planReload(wanted, current).config.pools;
    assert.deepEqual([smaller?.size, smaller?.sizeMax], [16, 16]);
  });

  it("leaves the pool of a portserver until the restart that the portserver needs", () => {
    const [none, some] = [configured({}), configured({ portserver: "@a" })];
    assert.deepEqual(planReload(none, some).opened, []);
    assert.deepEqual(planReload(some, none).retired, []);
    const line = planReload(some, none).restart.map(({ path }) => path);
    assert.deepEqual(line, ["portserver"]);
  });

  it("takes TLS on or off at a restart only, and names each value", () => {
    const { config, restart } = planReload(configured({}), configured({ tls }));
    assert.equal(config.tls, null);
    assert.ok(restart.every(({ path }) => path.startsWith("tls.")) && restart.length === 4);
  });
});
