// The settings of the fleet: what they are where nothing is said, and what is refused.

import assert from "node:assert/strict";
import { load, type LoadInput, problemsOf, refusal, userFile } from "../../support/config-world.js";

const fleet = (keys: object): LoadInput => ({ file: JSON.stringify({ fleet: keys }) });

describe("the settings of the fleet", () => {
  it("are none unless etcd is given", () => {
    assert.equal(load().config.fleet, null);
  });

  it("have the host's name where nothing else is said", () => {
    assert.deepEqual(load({ flags: { "--fleet": "etcd://etcd.example.org" } }).config.fleet, {
      etcd: "etcd://etcd.example.org",
      hostId: "web-1",
      address: "Web-1",
      labels: {},
      presenceTtlMs: 15_000,
      user: null,
      passwordFile: null,
      caFile: null,
      certFile: null,
      keyFile: null,
    });
  });

  it("can be given by variables, and paths of the file lie beside it", () => {
    const { config } = load({
      environment: { PORTLEASE_FLEET: "etcds://a,b/x", PORTLEASE_FLEET_HOST_ID: "b.example" },
      file: JSON.stringify({
        fleet: {
          labels: { rack: "a7" },
          user: "ports",
          passwordFile: "etcd.password",
          caFile: "/etc/ca.pem",
        },
      }),
    });
    assert.equal(config.fleet?.etcd, "etcds://a,b/x");
    assert.equal(config.fleet?.hostId, "b.example");
    assert.equal(config.fleet?.passwordFile, userFile.replace("config.yaml", "etcd.password"));
    assert.equal(config.fleet?.caFile, "/etc/ca.pem");
    assert.deepEqual(config.fleet?.labels, { rack: "a7" });
  });

  const etcd = "etcds://etcd.example.org";
  const tooMany = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, ""]));
  for (const [keys, path, message] of [
    [{ etcd: "http://etcd" }, "fleet.etcd", /must begin with etcd:\/\/ or etcds:\/\//],
    [{ etcd: "etcd://a:0" }, "fleet.etcd", /port 0/],
    [{ etcd, hostId: "a b" }, "fleet.hostId", /1 to 253 letters, digits, dots, dashes/],
    [{ etcd, hostId: ".." }, "fleet.hostId", /1 to 253 letters, digits, dots, dashes/],
    [{ etcd, address: "a:7600" }, "fleet.address", /without a port/],
    [{ etcd, presenceTtl: "1s" }, "fleet.presenceTtl", /from 2s to 5m/],
    [{ etcd, labels: tooMany }, "fleet.labels", /at most 32 labels/],
    [{ etcd, labels: { rack: 7 } }, "fleet.labels.rack", /at most 255 characters/],
    [{ hostId: "a" }, "fleet.hostId", /^fleet\.hostId is given, but not fleet\.etcd/],
    [{ labels: { a: "b" } }, "fleet.labels", /^fleet\.labels is given, but not fleet\.etcd/],
    [{ etcd, user: "a" }, "fleet.user", /go together/],
    [{ etcd, passwordFile: "/p" }, "fleet.passwordFile", /go together/],
    [{ etcd, certFile: "/c" }, "fleet.certFile", /go together/],
    [{ etcd, keyFile: "/c" }, "fleet.keyFile", /go together/],
    [{ etcd: "etcd://a", caFile: "/c" }, "fleet.caFile", /is for TLS, and fleet\.etcd is without/],
    [
      { etcd: "etcd://localhost,10.0.0.7", user: "a", passwordFile: "/p" },
      "fleet.user",
      /^fleet\.etcd names 10\.0\.0\.7 without TLS: the password would go there in clear text/,
    ],
  ] as const) {
    it(`are refused: ${JSON.stringify(keys).slice(0, 70)}`, () => {
      const problems = problemsOf(fleet(keys));
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.message ?? "", message);
    });
  }

  it("may send a password in clear text to this host", () => {
    const keys = { etcd: "etcd://127.0.0.1", user: "a", passwordFile: "/p" };
    assert.equal(load(fleet(keys)).config.fleet?.user, "a");
  });

  it("need an id where the host's name is none", () => {
    const world = { flags: { "--fleet": "etcd://a" }, hostName: "büro pc" };
    assert.match(refusal(world).message, /the name of this host is "büro pc".*give fleet\.hostId/);
    assert.ok(load({ ...world, flags: { ...world.flags, "--fleet-host-id": "buero" } }));
  });

  it("show no password that was written into the URL", () => {
    const { message } = refusal(fleet({ etcd: "etcd://ann:s3cret@etcd.example.org" }));
    assert.match(message, /must not have user or password in it/);
    assert.doesNotMatch(message, /s3cret/);
  });
});
