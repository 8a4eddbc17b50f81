// Configurations that a fleet server refuses, and what it says.

import assert from "node:assert/strict";
import { fleetTable } from "#fleet/config/fleet-settings.js";
import { settings as brokerSettings } from "#server/config/settings.js";
import { load } from "../../support/config-world.js";
import { fleetRefusal, loadFleet } from "../../support/fleet-config-world.js";

interface Refused {
  readonly what: string;
  readonly flags?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly says: readonly RegExp[];
}

const etcd = { "--etcd": "etcd://e" };

const refused: readonly Refused[] = [
  { what: "no source", says: [/nothing says where the fleet is: give --etcd/] },
  {
    what: "two sources",
    flags: etcd,
    file: "brokers: { list: [a:1] }",
    says: [/flag --etcd: etcd\.url is given, and so is brokers\.list \(.*fleet\.yaml line 1\)/],
  },
  {
    what: "an address of etcd that is none",
    flags: { "--etcd": "http://e" },
    says: [/etcd\.url is "http:\/\/e": it must begin with etcd:\/\//],
  },
  {
    what: "a password in the address, without repeating it",
    flags: { "--etcd": "nonsense", "--etcd-user": "u" },
    says: [/it must begin with etcd/],
  },
  {
    what: "a user of etcd without a password",
    flags: { ...etcd, "--etcd-user": "u" },
    says: [/flag --etcd-user: etcd\.user and etcd\.passwordFile go together/],
  },
  {
    what: "a password that would go to another host in clear text",
    flags: { ...etcd, "--etcd-user": "u", "--etcd-password-file": "p" },
    says: [/etcd\.url names e without TLS: the password would go there in clear text/],
  },
  {
    what: "a certificate without its key",
    flags: { "--etcd": "etcds://e", "--etcd-cert-file": "c" },
    says: [/etcd\.certFile and etcd\.keyFile go together/],
  },
  {
    what: "an authority for an etcd without TLS",
    flags: { ...etcd, "--etcd-ca-file": "c" },
    says: [/etcd\.caFile is for TLS, and etcd\.url is without; write etcds:\/\//],
  },
  {
    what: "an address of a broker that is none",
    flags: { "--broker": "a:1,b" },
    says: [/flag --broker: brokers\.list\[1\] is "b": it must be host:port/],
  },
  {
    what: "a token that would go to another host in clear text",
    flags: { "--broker": "127.0.0.1:1,web-1:7600", "--broker-token-file": "t" },
    says: [/brokers\.tokenFile would be sent to web-1:7600 in clear text/],
  },
  {
    what: "a token for brokers of a file, without TLS",
    flags: { "--brokers-file": "b", "--broker-token-file": "t" },
    says: [/brokers\.tokenFile would be sent to another host in clear text/],
  },
  {
    what: "a certificate for brokers without its key",
    flags: { "--broker": "a:1", "--broker-cert-file": "c" },
    says: [/brokers\.certFile is given without brokers\.keyFile/],
  },
  {
    what: "more brokers than can be watched one by one",
    flags: { "--broker": Array.from({ length: 201 }, (_, index) => `b${index}:1`).join(",") },
    says: [/a list of at most 200 brokers/],
  },
  {
    what: "a retention that is no time",
    flags: { ...etcd, "--retention": "30" },
    says: [/retention is "30": it must be a time from 1h to 3650d, or off/],
  },
  {
    what: "keys and variables that are misspelt, all at once",
    file: "etcd: { uri: etcd://e }\nretension: 1h",
    environment: { PORTLEASE_FLEET_SERVER_LISTN: "x" },
    says: [
      /3 problems/,
      /"etcd\.uri" is not a known key; did you mean "url"\?/,
      /"retension" is not a known key; did you mean "retention"\?/,
      /PORTLEASE_FLEET_SERVER_LISTN: .*did you mean PORTLEASE_FLEET_SERVER_LISTEN\?/,
    ],
  },
  {
    what: "a setting of brokers",
    file: "etcd: { url: etcd://e }\npools: []",
    says: [/"pools" is not a known key; the keys here are/],
  },
  {
    what: "other hosts, without TLS",
    flags: { ...etcd, "--listen": "0.0.0.0:7610" },
    says: [/listen is 0\.0\.0\.0:7610: other hosts could reach it, and without TLS/],
  },
  {
    what: "other hosts by HTTP, with TLS and nobody whom it could know",
    flags: {
      ...etcd,
      "--http-listen": "10.0.0.1:7611",
      "--tls-cert-file": "c",
      "--tls-key-file": "k",
    },
    says: [/http\.listen is 10\.0\.0\.1:7611: .* none of their callers could be known/],
  },
];

describe("a fleet server refuses", () => {
  for (const { what, flags = {}, file, environment = {}, says } of refused) {
    it(what, () => {
      const message = fleetRefusal({ flags, environment, ...(file === undefined ? {} : { file }) });
      for (const text of says) assert.match(message, text);
    });
  }

  it("a password in the address of etcd, and does not repeat it", () => {
    const message = fleetRefusal({ flags: { "--etcd": "etcd://u:planted@e" } });
    assert.match(message, /it must not have user or password in it/);
    assert.doesNotMatch(message, /planted/);
  });

  it("no password or token that stays on this host", () => {
    loadFleet({
      flags: { "--etcd": "etcd://[::1]", "--etcd-user": "u", "--etcd-password-file": "p" },
    });
    loadFleet({ flags: { "--broker": "localhost:1,unix:/b.sock", "--broker-token-file": "t" } });
  });
});

describe("the variables of a fleet server", () => {
  it("begin as none of the broker's does", () => {
    for (const { variable } of brokerSettings) {
      assert.ok(!variable.startsWith(fleetTable.prefix), variable);
    }
  });

  it("are no misspelt ones to a broker on the same host", () => {
    const environment = Object.fromEntries(
      fleetTable.settings.map(({ variable }) => [variable, "x"] as const),
    );
    assert.equal(load({ environment }).config.listen, "127.0.0.1:7600");
  });
});
