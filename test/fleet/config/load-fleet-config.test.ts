// The configuration of a fleet server: what it is without being told, and where what it is told comes from.

import assert from "node:assert/strict";
import { loadFleet, userFleetFile } from "../../support/fleet-config-world.js";

const etcd = { "--etcd": "etcd://etcd-1,etcd-2:23790" };

describe("the configuration of a fleet server", () => {
  it("needs a source, and nothing else", () => {
    const { config, file } = loadFleet({ flags: etcd });
    assert.equal(file, null);
    assert.deepEqual(config.source, {
      kind: "etcd",
      etcd: {
        url: "etcd://etcd-1,etcd-2:23790",
        user: null,
        passwordFile: null,
        caFile: null,
        certFile: null,
        keyFile: null,
      },
    });
    assert.equal(config.listen, "127.0.0.1:7610");
    assert.deepEqual(config.http, { listen: "auto", allowedHosts: [] });
    assert.equal(config.retentionMs, 30 * 86_400_000);
    assert.equal(config.requireToken, false);
    assert.equal(config.tls, null);
    assert.equal(config.dataDirectory, "/home/ann/.local/state/portlease-fleet");
    assert.equal(config.auditLog.file, "/home/ann/.local/state/portlease-fleet/audit.log");
    assert.deepEqual(config.log, { level: "info", format: "json" });
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.source));
  });

  it("takes flags before the environment, and the environment before the file", () => {
    const file =
      "listen: 127.0.0.1:1\nretention: 1h\nlog: { level: warn }\netcd: { url: etcd://f }";
    const environment = {
      PORTLEASE_FLEET_SERVER_LISTEN: "127.0.0.1:2",
      PORTLEASE_FLEET_SERVER_RETENTION: "2h",
    };
    const { config, sources } = loadFleet({
      file,
      environment,
      flags: { "--listen": "127.0.0.1:3" },
    });
    assert.equal(config.listen, "127.0.0.1:3");
    assert.equal(config.retentionMs, 7_200_000);
    assert.equal(config.log.level, "warn");
    assert.deepEqual(sources.get("retention"), {
      kind: "environment",
      variable: "PORTLEASE_FLEET_SERVER_RETENTION",
    });
    assert.deepEqual(sources.get("log.level"), { kind: "file", file: userFleetFile, line: 3 });
  });

  it("never takes a broker's variables or files for its own", () => {
    const environment = { PORTLEASE_LISTEN: "127.0.0.1:2", PORTLEASE_CONFIG: "/nowhere" };
    const files = { "/home/ann/.config/portlease/config.yaml": "listen: 127.0.0.1:1" };
    const { config } = loadFleet({ environment, files, flags: etcd });
    assert.equal(config.listen, "127.0.0.1:7610");
  });

  it("keeps its data apart from that of brokers on every platform", () => {
    const directory = (world: Parameters<typeof loadFleet>[0]): string =>
      loadFleet({ flags: etcd, ...world }).config.dataDirectory;
    assert.equal(directory({ root: true }), "/var/lib/portlease-fleet");
    assert.equal(
      directory({ platform: "win32", currentDirectory: "C:\\" }),
      "C:\\ProgramData\\portlease-fleet\\data",
    );
  });

  it("forgets no host where retention is off", () => {
    assert.equal(loadFleet({ flags: { ...etcd, "--retention": "off" } }).config.retentionMs, null);
  });

  it("has the files of etcd beside the file that names them", () => {
    const files = {
      "/etc/fleet/a.yaml": "etcd: { url: etcds://e, user: u, passwordFile: p, caFile: /x/ca }",
    };
    const { source } = loadFleet({ files, configFile: "/etc/fleet/a.yaml" }).config;
    assert.ok(source.kind === "etcd");
    const { user, passwordFile, caFile } = source.etcd;
    assert.deepEqual([user, passwordFile, caFile], ["u", "/etc/fleet/p", "/x/ca"]);
  });

  it("has brokers by their addresses, from flags and from variables, with what all have in common", () => {
    const access = { caFile: "system", certFile: null, keyFile: null, tokenFile: "/work/t" };
    const wanted = { kind: "brokers", addresses: ["web-1:7600", "[::1]:7600"], access };
    const common = { "--broker-ca-file": "system", "--broker-token-file": "t" };
    const list = "web-1:7600, [::1]:7600";
    assert.deepEqual(loadFleet({ flags: { "--broker": list, ...common } }).config.source, wanted);
    const environment = { PORTLEASE_FLEET_SERVER_BROKER: list };
    assert.deepEqual(loadFleet({ environment, flags: common }).config.source, wanted);
  });

  it("has brokers from a file, or from DNS", () => {
    const access = { caFile: null, certFile: null, keyFile: null, tokenFile: null };
    assert.deepEqual(loadFleet({ flags: { "--brokers-file": "b.yaml" } }).config.source, {
      kind: "brokers-file",
      file: "/work/b.yaml",
      access,
    });
    const name = "_portlease._tcp.example.org";
    assert.deepEqual(loadFleet({ flags: { "--brokers-srv": name } }).config.source, {
      kind: "brokers-srv",
      name,
      access,
    });
  });
});
