// The settings of HTTP: what "auto" stands for, and what does not fit together.

import assert from "node:assert/strict";
import { httpWish } from "#server/config/http-settings.js";
import { load, problemsOf } from "../../support/config-world.js";

function wishOf(...flags: readonly (readonly [string, string])[]) {
  return httpWish(load({ flags: Object.fromEntries(flags) }).config);
}

describe("http.listen", () => {
  it("is the usual port of loopback where nothing is said, and where gRPC listens elsewhere", () => {
    const usual = { address: { host: "127.0.0.1", port: 7_601 }, orElsewhere: true };
    assert.deepEqual(wishOf(), usual);
    assert.deepEqual(wishOf(["--listen", "127.0.0.1:9000"]), usual);
    assert.deepEqual(wishOf(["--http-listen", "auto"]), usual);
  });

  it("is any port where the one of gRPC is any", () => {
    const wish = wishOf(["--listen", "127.0.0.1:0"]);
    assert.deepEqual(wish?.address, { host: "127.0.0.1", port: 0 });
  });

  it("is nowhere when it is off", () => {
    assert.equal(wishOf(["--http-listen", "off"]), null);
  });

  it("is insisted on when it is an address", () => {
    const wish = { address: { host: "::1", port: 80 }, orElsewhere: false };
    assert.deepEqual(wishOf(["--http-listen", "[::1]:80"]), wish);
  });

  const refused: readonly (readonly [what: string, file: string, says: RegExp])[] = [
    ["no address", "http: { listen: 7601 }", /host:port, such as 127\.0\.0\.1:7601.*auto.*off/],
    ["the address of gRPC", "http: { listen: '127.0.0.1:7600' }", /a port each/],
    [
      "beyond this host without TLS",
      "http: { listen: '0.0.0.0:80' }",
      /http\.listen is .*clear text/,
    ],
    [
      "beyond this host without a way to know callers",
      "http: { listen: '0.0.0.0:80' }\ntls: { certFile: a, keyFile: b }",
      /http\.listen is .*none of their callers could be known/,
    ],
  ];
  for (const [what, file, says] of refused) {
    it(`is refused when it is ${what}`, () => {
      const messages = problemsOf({ file }).map(({ message }) => message);
      assert.equal(messages.length, 1, messages.join("\n"));
      assert.match(messages[0] ?? "", says);
    });
  }

  it("may be beyond this host with both", () => {
    const file =
      "http: { listen: '0.0.0.0:80' }\ntls: { certFile: a, keyFile: b }\n" +
      "tokens: [{ name: a, role: viewer, file: t }]";
    assert.equal(httpWish(load({ file }).config)?.address.host, "0.0.0.0");
  });
});

describe("http.allowedHosts", () => {
  it("are names without ports, compared in lower case", () => {
    const { config } = load({ file: "http: { allowedHosts: [Ports.Example.org, '::1'] }" });
    assert.deepEqual(config.http.allowedHosts, ["ports.example.org", "::1"]);
    for (const name of ["ports.example.org:80", "https://ports.example.org", "*", ""]) {
      const [problem] = problemsOf({ file: `http: { allowedHosts: ['${name}'] }` });
      assert.match(problem?.message ?? "", /without a port/, name);
    }
  });
});
