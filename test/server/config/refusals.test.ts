// Every refusal of a configuration: it names the source, the value, what is allowed, and what to do.

import assert from "node:assert/strict";
import { load, problemsOf, refusal, userFile, type LoadInput } from "../../support/config-world.js";

/** The one message that the configuration must be refused with, source included. */
function message(input: LoadInput): string {
  const { problems, message: text } = refusal(input);
  assert.equal(problems.length, 1, text);
  return text.replace("the configuration is not valid: ", "");
}

const file = (content: string) => message({ file: content });
const flag = (name: string, value: string) => message({ flags: { [name]: value } });

describe("a refused configuration", () => {
  it("says which value is out of range, where it stands and what is allowed", () => {
    assert.equal(
      file("listen: 127.0.0.1:7600\npools:\n  - name: default\n    size: 70000\n"),
      `${userFile} line 4: pools[0].size is 70000: it must be a whole number from 1 to 65535`,
    );
    assert.equal(
      flag("--pool-size", "0"),
      "flag --pool-size: pools.default.size is 0: it must be a whole number from 1 to 65535",
    );
    assert.equal(
      message({ environment: { PORTLEASE_POOL_SIZE: "many" } }),
      'environment variable PORTLEASE_POOL_SIZE: pools.default.size is "many": ' +
        "it must be a whole number from 1 to 65535",
    );
  });

  const wrongValues: readonly (readonly [flagName: string, value: string, allowed: RegExp])[] = [
    ["--listen", "7600", /must be host:port, such as 127\.0\.0\.1:7600/],
    ["--listen", "127.0.0.1:65536", /must be host:port/],
    ["--listen", "127.0.0.256:7600", /must be host:port/],
    ["--listen", "::1:7600", /must be host:port, such as .* or \[::1\]:7600/],
    ["--log-level", "loud", /must be one of error, warn, info, debug/],
    ["--log-format", "xml", /must be one of json, text/],
    ["--pool-protocol", "sctp", /must be one of tcp, udp/],
    ["--pool-kind", "best", /must be one of auto, persistent, runtime, administered, held/],
    ["--pool-start", "0", /must be auto, any or a port from 1 to 65535/],
    ["--pool-start", "somewhere", /must be auto, any or a port from 1 to 65535/],
    [
      "--pool-ttl-default",
      "30",
      /a time with its unit, such as "30s" or "500ms", from 100ms to 30d/,
    ],
    ["--pool-ttl-min", "99ms", /must be a time from 100ms to 30d/],
    ["--pool-ttl-max", "31d", /must be a time from 100ms to 30d/],
    ["--pool-quarantine", "61m", /must be a time from 0 to 1h/],
    ["--pool-quarantine", "-5s", /must be a time with its unit/],
    ["--pool-max-port-count", "1.5", /must be a whole number from 1 to 65535/],
  ];
  for (const [flagName, value, allowed] of wrongValues) {
    it(`refuses ${flagName} ${value}`, () => {
      const text = flag(flagName, value);
      assert.match(text, allowed);
      assert.ok(text.startsWith(`flag ${flagName}: `), text);
      assert.ok(text.includes(value), text);
    });
  }

  const beyond = [
    "0.0.0.0:7600",
    "[::]:7600",
    "192.168.1.5:7600",
    "[::ffff:192.168.1.5]:7600",
    "broker.lan:7600",
  ];
  const certificate = { "--tls-cert-file": "a.crt", "--tls-key-file": "a.key" };

  it("refuses to listen where other hosts could connect without TLS", () => {
    for (const address of beyond) {
      assert.match(
        flag("--listen", address),
        /other hosts could reach it.*clear text.*tls\.certFile.*127\.0\.0\.1:7600/,
      );
    }
  });

  it("refuses to listen there with TLS and no way to know who calls", () => {
    for (const address of beyond) {
      const text = message({ flags: { "--listen": address, ...certificate } });
      assert.match(text, /none of their callers could be known; give tokens/);
    }
  });

  it("listens there with TLS and tokens, or identities", () => {
    const tokens = "tokens: [{name: ci, role: viewer, file: ci.token}]";
    const identities = "tls: {clientCaFile: ca.crt, identities: [{match: 'CN:x', role: holder}]}";
    for (const content of [tokens, identities]) {
      for (const listen of beyond) {
        assert.equal(
          load({ flags: { "--listen": listen, ...certificate }, file: content }).config.listen,
          listen,
        );
      }
    }
  });

  it("refuses half of what TLS needs", () => {
    assert.match(flag("--tls-cert-file", "a.crt"), /needs both tls\.certFile and tls\.keyFile/);
    assert.match(flag("--tls-key-file", "a.key"), /needs both/);
    const needsAuthority = { ...certificate, "--tls-require-client-certificate": "true" };
    assert.match(refusal({ flags: needsAuthority }).message, /needs tls\.clientCaFile/);
  });

  it("refuses two tokens of one name", () => {
    const twins = "tokens: [{name: a, role: viewer, file: x}, {name: a, role: holder, file: y}]";
    assert.match(file(twins), /two tokens are called "a".*one a line/);
  });

  it("accepts every spelling of loopback", () => {
    for (const address of [
      "127.0.0.1:1",
      "127.9.9.9:0",
      "[::1]:7600",
      "[0:0:0:0:0:0:0:1]:7600",
      "localhost:7600",
    ]) {
      assert.throws(() => refusal({ flags: { "--listen": address } }), /was accepted/, address);
    }
  });

  const misspelt: readonly (readonly [content: string, path: string, meant: string])[] = [
    ["listne: x", "listne", "listen"],
    ["data_dir: x", "data_dir", "dataDirectory"],
    ["logLevel: info", "logLevel", "log.level"],
    ["log: {levle: info}", "log.levle", "level"],
    ["pools: [{name: default, Size: 1}]", "pools[0].Size", "size"],
    ["pools: [{name: default, ttlMin: 5s}]", "pools[0].ttlMin", "ttl.min"],
    ["pools: [{name: default, ttl: {minimum: 5s}}]", "pools[0].ttl.minimum", "min"],
  ];
  for (const [content, path, meant] of misspelt) {
    it(`asks whether "${path}" is meant as "${meant}"`, () => {
      const text = file(content);
      assert.equal(
        text,
        `${userFile} line 1: "${path}" is not a known key; did you mean "${meant}"?`,
      );
    });
  }

  it("lists the known keys when nothing is near", () => {
    assert.match(
      file("fruit: apple"),
      /"fruit" is not a known key; the keys here are listen, http, dataDirectory, localSocket, discoveryFile, log, auditLog, history, auditEvery, pools/,
    );
  });

  it("refuses a variable that looks misspelt, and leaves others alone", () => {
    assert.equal(
      message({ environment: { PORTLEASE_LOGLEVEL: "info" } }),
      "environment variable PORTLEASE_LOGLEVEL: this is not a known variable; did you mean PORTLEASE_LOG_LEVEL?",
    );
    const fine = {
      PORTLEASE_PORT: "20000",
      PORTLEASE_ADDRESS: "127.0.0.1:7600",
      // Kubernetes makes these for a service called "portlease".
      PORTLEASE_SERVICE_HOST: "10.0.0.1",
      PORTLEASE_PORT_7600_TCP_ADDR: "10.0.0.1",
      PORTLEASE_THEME: "dark",
    };
    assert.throws(() => refusal({ environment: fine }), /was accepted/);
  });

  it("lists all problems of all sources at once", () => {
    const {
      problems,
      code,
      message: text,
    } = refusal({
      flags: { "--listen": "nowhere" },
      environment: { PORTLEASE_LOG_LEVEL: "loud" },
      file: "colour: red\npools:\n  - size: 0\n",
    });
    assert.deepEqual(
      problems.map(({ path, source }) => [path, source.kind]),
      [
        ["listen", "flag"],
        ["log.level", "environment"],
        ["pools[0].name", "file"],
        ["pools[0].size", "file"],
        ["colour", "file"],
      ],
    );
    assert.equal(code, "VALUE_INVALID");
    assert.match(text, /^the configuration has 5 problems:\n {2}flag --listen: /);
    assert.match(
      text,
      /line 3: pools\[0\]\.name is missing: it must be 1 to 63 lower-case letters/,
    );
  });

  it("says when a group or list is something else", () => {
    assert.match(file("log: text"), /log is "text": it must be a group of the keys level, format/);
    assert.match(file("pools: 3"), /pools is 3: it must be a list of pools/);
    assert.match(file("pools: [default]"), /pools\[0\] is "default": it must be a group of keys/);
    assert.match(file("- a\n- b\n"), /the content is \["a","b"\]: it must be a group of keys/);
  });

  it("cuts a long value, and keeps it on one line", () => {
    const text = flag("--log-level", `a\nb${"x".repeat(500)}`);
    assert.ok(text.length < 300, text);
    assert.ok(!text.includes("\n"), text);
  });

  describe("when values do not fit together", () => {
    it("names both, and where both came from", () => {
      assert.equal(
        message({
          flags: { "--pool-ttl-min": "1m" },
          environment: { PORTLEASE_POOL_TTL_MAX: "10s" },
        }),
        "flag --pool-ttl-min: pools.default.ttl.min is 1m, but pools.default.ttl.max is 10s " +
          "(environment variable PORTLEASE_POOL_TTL_MAX): ttl.min, ttl.default and ttl.max must rise; " +
          "lower the first or raise the second",
      );
      assert.match(
        message({ flags: { "--pool-ttl-default": "1h", "--pool-ttl-max": "1m" } }),
        /ttl\.default is 1h, but pools\.default\.ttl\.max is 1m/,
      );
      assert.match(
        message({ flags: { "--pool-ttl-default": "1s", "--pool-ttl-min": "2s" } }),
        /ttl\.min is 2s, but pools\.default\.ttl\.default is 1s/,
      );
    });

    it("refuses a longer run than the pool has ports", () => {
      assert.match(
        message({ flags: { "--pool-size": "8", "--pool-max-port-count": "9" } }),
        /maxPortCount is 9, but pools\.default\.size is 8 \(flag --pool-size\).*lower maxPortCount/,
      );
    });

    it("refuses a block that ends above the last port, and says where it would fit", () => {
      assert.match(
        message({ flags: { "--pool-start": "65500", "--pool-size": "64" } }),
        /start is 65500.*size is 64.*start at 65472 or below/,
      );
    });

    it("refuses pools that share ports of one protocol, or a name", () => {
      const pools = (second: string) =>
        `pools:\n- {name: default, start: 20000, size: 100}\n- {name: ${second}}\n`;
      assert.match(
        file(pools("web, start: 20099, size: 5")),
        /line 3: pools\.web\.start is 20099 with 5 ports, but pools\.default\.start is 20000 .*line 2\) with 100 ports/,
      );
      assert.throws(() => refusal({ file: pools("web, start: 20100, size: 5") }), /was accepted/);
      assert.throws(
        () => refusal({ file: pools("web, start: 20000, size: 5, protocol: udp") }),
        /was accepted/,
      );
      assert.match(
        file(pools("web, start: 20000, size: 5, protocol: tcp-and-udp")),
        /one is tcp-and-udp, the other tcp, and would share ports; move one of them/,
      );
      assert.match(
        file(pools("default")),
        /line 3: pools\[1\]\.name is "default", and so is pools\[0\]\.name: names must be unique/,
      );
    });
  });

  describe("when isolation per-lease cannot be had (semantics 17)", () => {
    const perLease = { "--pool-isolation": "per-lease" };

    it("refuses more ports than can each be a reservation", () => {
      assert.match(
        message({ flags: { ...perLease, "--pool-size": "257" } }),
        /isolation is per-lease, but pools\.default\.size is 257 \(flag --pool-size\).*at most 256; make the pool smaller/,
      );
      assert.throws(
        () => refusal({ flags: { ...perLease, "--pool-size": "256" } }),
        /was accepted/,
      );
    });

    it("refuses kinds without tokens", () => {
      for (const kind of ["administered", "held"]) {
        assert.match(
          message({ flags: { ...perLease, "--pool-kind": kind } }),
          /isolation is per-lease, but pools\.default\.kind is \w+ \(flag --pool-kind\): only the kinds persistent and runtime/,
        );
      }
      for (const kind of ["auto", "persistent", "runtime"]) {
        const flags = { ...perLease, "--pool-kind": kind };
        assert.throws(() => refusal({ flags }), /was accepted/);
      }
    });
  });

  describe("when the file is no good", () => {
    it("refuses a file that was asked for and is not there", () => {
      const [problem] = problemsOf({ configFile: "/none.yaml" });
      assert.equal(problem?.code, "FILE_UNREADABLE");
      assert.match(
        message({ configFile: "/none.yaml" }),
        /^flag --config: there is no file \/none\.yaml; create it/,
      );
      assert.match(
        message({ environment: { PORTLEASE_CONFIG: "none.yaml" } }),
        /^environment variable PORTLEASE_CONFIG: there is no file \/work\/none\.yaml/,
      );
    });

    it("names the line of a syntax error", () => {
      const [problem] = problemsOf({ file: "listen: 127.0.0.1:7600\nlog: {level: info\n" });
      assert.equal(problem?.code, "FILE_SYNTAX");
      assert.match(
        file("a: 1\na: 2\n"),
        /config\.yaml line 2: this is no valid YAML or JSON: .*unique/,
      );
    });

    it("refuses other encodings, and says the usual cause", () => {
      const utf16 = Uint8Array.from(Buffer.from("\ufefflisten: x", "utf16le"));
      assert.match(
        message({ files: { "/c.yaml": utf16 }, configFile: "/c.yaml" }),
        /^\/c\.yaml: the file cannot be read: it is not UTF-8 \(PowerShell writes UTF-16/,
      );
    });

    it("does not take a well-known file that cannot be read for none", () => {
      assert.match(
        message({ unreadable: true }),
        /portlease\/config\.yaml: the file cannot be read: permission denied/,
      );
    });
  });
});
