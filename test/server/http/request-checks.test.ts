// Which requests a browser may have made for somebody else's page (semantics 12): by Host, Origin and Sec-Fetch-Site.

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { HttpRefusal } from "#server/http/refusal.js";
import {
  checkHost,
  checkOrigin,
  type HostRules,
  hostRulesOf,
} from "#server/http/request-checks.js";

const plain: HostRules = hostRulesOf("127.0.0.1", ["broker.example.org"], false, "broker");
const secured: HostRules = { ...plain, secured: true };

function request(headers: IncomingMessage["headers"], localAddress = "127.0.0.1"): IncomingMessage {
  return { headers, socket: { localAddress } } as IncomingMessage;
}

function refusal(check: () => void): number | null {
  try {
    check();
    return null;
  } catch (error) {
    assert.ok(error instanceof HttpRefusal);
    return error.status;
  }
}

describe("the host of a request", () => {
  const ours = [
    "127.0.0.1:7601",
    "127.0.0.1",
    "127.9.9.9:1",
    "[::1]:7601",
    "[::1]",
    "localhost:7601",
    "LOCALHOST",
    "localhost.",
    "app.localhost:7601",
    "broker.example.org",
    "Broker.Example.org:8443",
  ];
  for (const host of ours) {
    it(`may be ${host}`, () => {
      assert.equal(
        refusal(() => checkHost(request({ host }), plain)),
        null,
      );
    });
  }

  const others = [
    undefined,
    "",
    "evil.example.org:7601",
    "localhost.evil.example.org",
    "127.0.0.1.evil.example.org",
    "evil-localhost",
    "192.0.2.7:7601",
    "0.0.0.0:7601",
    "[::]:7601",
    "127.0.0.1:7601@evil.example.org",
    "broker.example.org.evil.net",
    "127.0.0.1 evil",
    "2130706433",
    "[::1",
  ];
  for (const host of others) {
    it(`may not be ${host === undefined ? "missing" : JSON.stringify(host)}`, () => {
      assert.equal(
        refusal(() => checkHost(request(host === undefined ? {} : { host }), plain)),
        421,
      );
    });
  }

  it("may be the very address that the connection came to, also through a socket of IPv6", () => {
    const host = "192.0.2.7:7601";
    for (const local of ["192.0.2.7", "::ffff:192.0.2.7"]) {
      assert.equal(
        refusal(() => checkHost(request({ host }, local), plain)),
        null,
      );
    }
    const six = request({ host: "[2001:db8::7]:7601" }, "2001:db8::7");
    assert.equal(
      refusal(() => checkHost(six, plain)),
      null,
    );
  });
});

describe("the origin of a request", () => {
  const host = "127.0.0.1:7601";
  const cases: readonly (readonly [
    what: string,
    headers: IncomingMessage["headers"],
    rules: HostRules,
    navigation: boolean,
    refused: number | null,
  ])[] = [
    ["none: a program", {}, plain, false, null],
    ["the dashboard's own", { origin: `http://${host}` }, plain, false, null],
    ["its own, by another scheme", { origin: `https://${host}` }, plain, false, 403],
    ["its own over TLS", { origin: `https://${host}` }, secured, false, null],
    ["its own without TLS, where there is TLS", { origin: `http://${host}` }, secured, false, 403],
    ["another port of this host", { origin: "http://127.0.0.1:3000" }, plain, false, 403],
    ["localhost in place of the address", { origin: "http://localhost:7601" }, plain, false, 403],
    ["another host", { origin: "http://evil.example.org" }, plain, false, 403],
    ["an opaque one", { origin: "null" }, plain, false, 403],
    ["an empty one", { origin: "" }, plain, false, 403],
    ["an extension's", { origin: "chrome-extension://abc" }, plain, false, 403],
    [
      "an allowed name, behind a proxy",
      { origin: "https://broker.example.org" },
      plain,
      false,
      null,
    ],
    [
      "a name that begins like it",
      { origin: "https://broker.example.org.evil.net" },
      plain,
      false,
      403,
    ],
    ["a page of another site", { "sec-fetch-site": "cross-site" }, plain, false, 403],
    ["a page on another port", { "sec-fetch-site": "same-site" }, plain, false, 403],
    ["the dashboard itself", { "sec-fetch-site": "same-origin" }, plain, false, null],
    ["the user", { "sec-fetch-site": "none" }, plain, false, null],
    [
      "a link to the dashboard",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
      plain,
      true,
      null,
    ],
    [
      "a link to a method",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
      plain,
      false,
      403,
    ],
    [
      "an image that is the dashboard",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      plain,
      true,
      403,
    ],
  ];
  for (const [what, headers, rules, navigation, refused] of cases) {
    it(`is ${refused === null ? "taken" : "refused"} when it is ${what}`, () => {
      const asked = request({ host, ...headers });
      assert.equal(
        refusal(() => checkOrigin(asked, rules, navigation)),
        refused,
      );
    });
  }
});
