// Where values come from: precedence, defaults, sources, and the well-known places.

import assert from "node:assert/strict";
import { load, userFile } from "../../support/config-world.js";

describe("loadConfig", () => {
  describe("without anything given", () => {
    it("has the documented defaults", () => {
      assert.deepEqual(load().config, {
        listen: "127.0.0.1:7600",
        http: { listen: "auto", allowedHosts: [] },
        requireToken: false,
        portserver: null,
        tokens: [],
        tls: null,
        limits: {
          connectionsMax: 5_000,
          connectionsPerAddressMax: 500,
          callsPerSecondMax: 20_000,
        },
        dataDirectory: "/home/ann/.local/state/portlease",
        localSocket: "auto",
        discoveryFile: null,
        log: { level: "info", format: "json" },
        auditLog: {
          file: "/home/ann/.local/state/portlease/audit.log",
          bytesMax: 10_485_760,
          filesMax: 10,
        },
        history: { changesMax: 100_000, ageMaxMs: 2_592_000_000 },
        fleet: null,
        tracing: "none",
        auditEveryMs: 5_000,
        pools: [
          {
            name: "default",
            protocol: "tcp",
            kind: "auto",
            isolation: "shared",
            bind: "auto",
            start: "auto",
            size: 256,
            sizeMax: 256,
            growBy: 256,
            shrinkAfterMs: 600_000,
            pick: "least-recently-used",
            pins: [],
            staticPorts: 0,
            quota: { perService: null, services: {} },
            ttlDefaultMs: 30_000,
            ttlMinMs: 2_000,
            ttlMaxMs: 86_400_000,
            ttlCrowdedMs: 30_000,
            crowdedPercent: 90,
            quarantineMs: 5_000,
            quarantinePercentMax: 25,
            quarantineFloorMs: 1_000,
            portCountMax: 64,
          },
        ],
      });
      assert.equal(load().file, null);
    });

    it("keeps the audit log with the data, wherever these are, unless a path or none is said", () => {
      const fileOf = (file: string) => load({ file }).config.auditLog.file;
      assert.equal(fileOf("dataDirectory: data"), "/home/ann/.config/portlease/data/audit.log");
      assert.equal(fileOf("auditLog: { file: kept.log }"), "/home/ann/.config/portlease/kept.log");
      assert.equal(fileOf("auditLog: { file: none }"), null);
      const onWindows = load({ platform: "win32", environment: { ProgramData: "D:\\Data" } });
      assert.equal(onWindows.config.auditLog.file, "D:\\Data\\portlease\\data\\audit.log");
    });

    it("lets the kernel pick the block on Windows, and keeps data in ProgramData", () => {
      const { config } = load({
        platform: "win32",
        environment: { ProgramData: "D:\\Data" },
        currentDirectory: "C:\\work",
        homeDirectory: "C:\\Users\\ann",
      });
      assert.equal(config.pools[0]?.start, "any");
      assert.equal(config.dataDirectory, "D:\\Data\\portlease\\data");
      // Beside the data, not in it: everybody may read this one, and nobody else the data.
      assert.equal(config.discoveryFile, "D:\\Data\\portlease\\broker.json");
    });

    it("keeps root's data in /var/lib, whatever a calling user's XDG_STATE_HOME says", () => {
      const { config } = load({ root: true, environment: { XDG_STATE_HOME: "/home/ann/state" } });
      assert.equal(config.dataDirectory, "/var/lib/portlease");
    });

    it("follows XDG_STATE_HOME only when it is absolute", () => {
      const withState = (XDG_STATE_HOME: string) =>
        load({ environment: { XDG_STATE_HOME } }).config.dataDirectory;
      assert.equal(withState("/state"), "/state/portlease");
      assert.equal(withState("state"), "/home/ann/.local/state/portlease");
    });

    it("writes the discovery file where clients look, unless it listens elsewhere or is told another place", () => {
      const fileOf = (input: Parameters<typeof load>[0]) => load(input).config.discoveryFile;
      const environment = { XDG_RUNTIME_DIR: "/run/user/1000" };
      assert.equal(fileOf({ environment }), "/run/user/1000/portlease/broker.json");
      assert.equal(fileOf({ root: true, environment }), "/run/portlease/broker.json");
      const elsewhere = { "--listen": "127.0.0.1:0" };
      assert.equal(fileOf({ environment, flags: elsewhere }), null);
      const told = { ...elsewhere, "--discovery-file": "here.json" };
      assert.equal(fileOf({ environment, flags: told }), "/work/here.json");
      assert.equal(fileOf({ environment, flags: { "--discovery-file": "none" } }), null);
    });

    it("writes text logs to a terminal", () => {
      assert.equal(load({ logToTerminal: true }).config.log.format, "text");
    });
  });

  it("freezes the configuration to the last value", () => {
    const { config } = load();
    assert.ok(Object.isFrozen(config));
    assert.ok(Object.isFrozen(config.log));
    assert.ok(Object.isFrozen(config.pools));
    assert.ok(config.pools.every((pool) => Object.isFrozen(pool)));
  });

  it("takes flags before the environment before the file before defaults, and says which", () => {
    const { config, sources, file } = load({
      flags: { "--log-level": "debug" },
      environment: { PORTLEASE_LOG_LEVEL: "warn", PORTLEASE_LOG_FORMAT: "text" },
      file: "log:\n  level: error\n  format: json\nlisten: 127.0.0.1:7700\n",
    });
    assert.deepEqual(config.log, { level: "debug", format: "text" });
    assert.equal(config.listen, "127.0.0.1:7700");
    assert.deepEqual(sources.get("log.level"), { kind: "flag", flag: "--log-level" });
    assert.deepEqual(sources.get("log.format"), {
      kind: "environment",
      variable: "PORTLEASE_LOG_FORMAT",
    });
    assert.deepEqual(sources.get("listen"), { kind: "file", file: userFile, line: 4 });
    assert.deepEqual(sources.get("dataDirectory"), { kind: "default" });
    assert.equal(file, userFile);
  });

  it("merges the pool default of all layers value by value", () => {
    const { config, sources } = load({
      flags: { "--pool-size": "32" },
      environment: { PORTLEASE_POOL_TTL_MIN: "1s", PORTLEASE_POOL_SIZE: "16" },
      file: "pools:\n  - name: web\n    size: 8\n  - name: default\n    start: 20000\n    ttl:\n      max: 1h\n",
    });
    assert.deepEqual(
      config.pools.map(({ name, size }) => [name, size]),
      [
        ["web", 8],
        ["default", 32],
      ],
    );
    const pool = config.pools[1];
    assert.deepEqual([pool?.start, pool?.ttlMinMs, pool?.ttlMaxMs], [20_000, 1_000, 3_600_000]);
    assert.deepEqual(sources.get("pools.default.ttl.max"), {
      kind: "file",
      file: userFile,
      line: 7,
    });
    assert.deepEqual(sources.get("pools.default.size"), { kind: "flag", flag: "--pool-size" });
    assert.deepEqual(sources.get("pools.web.quarantine"), { kind: "default" });
  });

  it("has the pool default even when the file names others only", () => {
    const { config } = load({ file: "pools: [{name: web, size: 8}]" });
    assert.deepEqual(
      config.pools.map(({ name }) => name),
      ["default", "web"],
    );
  });

  it("takes every setting from a flag and from its variable", () => {
    const byFlag = load({
      flags: {
        "--listen": "[::1]:7601",
        "--data-dir": "data",
        "--pool-protocol": "udp",
        "--pool-kind": "runtime",
        "--pool-isolation": "per-lease",
        "--pool-start": "30000",
        "--pool-size": "10",
        "--pool-max-size": "20",
        "--pool-pick": "compact",
        "--pool-ttl-default": "5s",
        "--pool-ttl-min": "500ms",
        "--pool-ttl-max": "1m30s",
        "--pool-quarantine": "0",
        "--pool-max-port-count": "4",
      },
    }).config;
    const byVariable = load({
      environment: {
        PORTLEASE_LISTEN: "[::1]:7601",
        PORTLEASE_DATA_DIR: "data",
        PORTLEASE_POOL_PROTOCOL: "udp",
        PORTLEASE_POOL_KIND: "runtime",
        PORTLEASE_POOL_ISOLATION: "per-lease",
        PORTLEASE_POOL_START: "30000",
        PORTLEASE_POOL_SIZE: "10",
        PORTLEASE_POOL_MAX_SIZE: "20",
        PORTLEASE_POOL_PICK: "compact",
        PORTLEASE_POOL_TTL_DEFAULT: "5s",
        PORTLEASE_POOL_TTL_MIN: "500ms",
        PORTLEASE_POOL_TTL_MAX: "1m30s",
        PORTLEASE_POOL_QUARANTINE: "0",
        PORTLEASE_POOL_MAX_PORT_COUNT: "4",
      },
    }).config;
    assert.deepEqual(byFlag, byVariable);
    assert.equal(byFlag.listen, "[::1]:7601");
    assert.equal(byFlag.dataDirectory, "/work/data");
    assert.deepEqual(byFlag.pools, [
      {
        name: "default",
        protocol: "udp",
        kind: "runtime",
        isolation: "per-lease",
        bind: "auto",
        start: 30_000,
        size: 10,
        sizeMax: 20,
        growBy: 10,
        shrinkAfterMs: 600_000,
        pick: "compact",
        pins: [],
        staticPorts: 0,
        quota: { perService: null, services: {} },
        ttlDefaultMs: 5_000,
        ttlMinMs: 500,
        ttlMaxMs: 90_000,
        ttlCrowdedMs: 5_000,
        crowdedPercent: 90,
        quarantineMs: 0,
        quarantinePercentMax: 25,
        quarantineFloorMs: 0,
        portCountMax: 4,
      },
    ]);
  });

  it("bends defaults around what is written", () => {
    const [pool] = load({ flags: { "--pool-size": "8", "--pool-ttl-min": "1m" } }).config.pools;
    assert.equal(pool?.portCountMax, 8);
    assert.equal(pool?.ttlDefaultMs, 60_000);
    const [short] = load({ flags: { "--pool-ttl-max": "1s" } }).config.pools;
    assert.deepEqual([short?.ttlMinMs, short?.ttlDefaultMs], [1_000, 1_000]);
  });

  it("counts an empty variable and a key without a value as not given", () => {
    const { config } = load({ environment: { PORTLEASE_LISTEN: "" }, file: "log:\npools:\n" });
    assert.equal(config.listen, "127.0.0.1:7600");
  });

  describe("who may call", () => {
    it("is read with its files beside the configuration file", () => {
      const file = [
        "requireToken: true",
        "tokens: [{name: ci, role: viewer, file: secrets/ci.token}]",
        "tls: {certFile: a.crt, keyFile: /keys/a.key, clientCaFile: ca.crt, requireClientCertificate: true,",
        "  identities: [{match: 'DNS:*.example.org', role: holder}]}",
        "limits: {connections: 10, connectionsPerAddress: 5, callsPerSecond: 100}",
      ].join("\n");
      const { requireToken, tokens, tls, limits } = load({ file }).config;
      const folder = "/home/ann/.config/portlease";
      assert.equal(requireToken, true);
      assert.deepEqual(tokens, [
        { name: "ci", role: "viewer", file: `${folder}/secrets/ci.token` },
      ]);
      assert.deepEqual(tls, {
        certFile: `${folder}/a.crt`,
        keyFile: "/keys/a.key",
        clientCaFile: `${folder}/ca.crt`,
        requireClientCertificate: true,
        identities: [{ match: "DNS:*.example.org", role: "holder" }],
      });
      assert.deepEqual(limits, {
        connectionsMax: 10,
        connectionsPerAddressMax: 5,
        callsPerSecondMax: 100,
      });
    });

    it("is read from flags and the environment, with its files in the current directory", () => {
      const { config } = load({
        flags: { "--require-token": "true", "--tls-cert-file": "a.crt" },
        environment: { PORTLEASE_TLS_KEY_FILE: "a.key" },
      });
      assert.equal(config.requireToken, true);
      assert.deepEqual([config.tls?.certFile, config.tls?.keyFile], ["/work/a.crt", "/work/a.key"]);
    });
  });

  describe("the file", () => {
    it("is looked for in XDG_CONFIG_HOME and then in /etc", () => {
      const environment = { XDG_CONFIG_HOME: "/conf" };
      const files = {
        "/conf/portlease/config.yaml": "log: {level: warn}",
        "/etc/portlease/config.yaml": "log: {level: error}",
      };
      assert.equal(load({ environment, files }).config.log.level, "warn");
      assert.equal(load({ files }).config.log.level, "error");
    });

    it("is looked for in ProgramData on Windows", () => {
      const path = "C:\\ProgramData\\portlease\\config.yaml";
      const { file } = load({
        platform: "win32",
        currentDirectory: "C:\\",
        files: { [path]: "log: {level: warn}" },
      });
      assert.equal(file, path);
    });

    it("is named by --config before PORTLEASE_CONFIG before the well-known places", () => {
      const files = { "/work/a.yaml": "log: {level: warn}", "/b.yaml": "log: {level: debug}" };
      const environment = { PORTLEASE_CONFIG: "/b.yaml" };
      const input = { files, environment, file: "log: {level: error}" };
      assert.equal(load({ ...input, configFile: "a.yaml" }).config.log.level, "warn");
      assert.equal(load(input).config.log.level, "debug");
    });

    it("may be JSON, and may begin with a byte order mark", () => {
      const files = { "/c.json": '\ufeff{"listen": "localhost:7700"}' };
      assert.equal(load({ files, configFile: "/c.json" }).config.listen, "localhost:7700");
    });

    it("takes a relative data directory as lying beside it, and ~/ as the home", () => {
      const at = (dataDirectory: string) =>
        load({
          files: { "/srv/c.yaml": `dataDirectory: ${dataDirectory}` },
          configFile: "/srv/c.yaml",
        }).config.dataDirectory;
      assert.equal(at("data"), "/srv/data");
      assert.equal(at("~/data"), "/home/ann/data");
    });
  });
});
