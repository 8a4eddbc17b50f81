// What a fleet server takes of its configuration while it runs, and what it tells of the rest.

import assert from "node:assert/strict";
import { noAuditTrail } from "#server/audit-trail/audit-trail.js";
import type { FleetServerConfig } from "#fleet/config/fleet-config.js";
import { FleetReload } from "#fleet/parts/fleet-reload.js";
import { loadFleet } from "../../support/fleet-config-world.js";
import { silentLog } from "../../support/silent-log.js";

const source = "etcd: { url: etcd://e }\n";

describe("the reload of a fleet server", () => {
  const start = loadFleet({ file: source }).config;
  let file: string;
  let told: string[];
  let prepared: Pick<FleetServerConfig, "requireToken" | "tokens" | "tls">[];
  let applied: number;
  let limits: FleetServerConfig["limits"] | null;
  let hosts: readonly string[] | null;
  let level: string | null;
  let reload: FleetReload;

  beforeEach(() => {
    [told, prepared, applied, limits, hosts, level] = [[], [], 0, null, null, null];
    const say = (message: string): void => void told.push(message);
    reload = new FleetReload(start, {
      load: () => loadFleet({ file }),
      access: {
        prepare: (config) => {
          prepared.push(config);
          const apply = () => ({ tokens: false, certificate: false });
          return { apply: () => ((applied += 1), apply()) };
        },
      },
      servers: {
        changeLimits: (changed) => void (limits = changed),
        allowHosts: (names) => void (hosts = names),
      },
      configureLog: (log) => void (level = log.level),
      trail: { ...noAuditTrail, deed: (deed) => say(`audited: ${deed.what}`) },
      log: { ...silentLog, warn: say, error: say },
    });
  });

  it("takes who may call, limits, names and the log at once", () => {
    file =
      `${source}requireToken: true\ntokens: [{ name: a, role: viewer, file: a }]\n` +
      "limits: { callsPerSecond: 7 }\nhttp: { allowedHosts: [fleet.example.org] }\nlog: { level: debug }";
    reload.reload("SIGHUP");
    assert.deepEqual(
      prepared.map(({ requireToken, tokens }) => [requireToken, tokens.length]),
      [[true, 1]],
    );
    assert.equal(applied, 1);
    assert.equal(limits?.callsPerSecondMax, 7);
    assert.deepEqual(hosts, ["fleet.example.org"]);
    assert.equal(level, "debug");
    assert.deepEqual(told, ["audited: config_reloaded"]);
  });

  it("tells what counts from the next start on, each time that it is read", () => {
    file =
      "brokers: { list: [a:1] }\nlisten: 127.0.0.1:1\nretention: off\nhttp: { listen: off }\n" +
      "tls: { certFile: c, keyFile: k }";
    const later = ["listen", "source", "retention", "http.listen", "tls"].map(
      (setting) => `another ${setting} counts from the next start on`,
    );
    for (let round = 0; round < 2; round += 1) {
      told.length = 0;
      reload.reload("SIGHUP");
      assert.deepEqual(told, [...later, "audited: config_reloaded"]);
    }
    assert.equal(prepared.at(-1)?.tls, null);
  });

  it("changes nothing when anything is wrong", () => {
    file = `${source}retention: soon\nlog: { level: debug }`;
    assert.throws(() => reload.reload("SIGHUP"), { name: "ConfigError" });
    assert.deepEqual([applied, limits, hosts, level], [0, null, null, null]);
    assert.deepEqual(told, ["the configuration was not read again; what was before counts"]);
  });
});
