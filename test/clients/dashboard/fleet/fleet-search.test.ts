// What a person types into the one search box becomes a filter that the fleet server's parser takes, and that finds what was meant.

import assert from "node:assert/strict";
import { hostsFound, leaseSearchFilter } from "#dashboard/fleet/model/fleet-search.js";
import { parseLabels } from "#dashboard/fleet/model/label-words.js";
import { fleetLeaseFields } from "#fleet/api/fleet-lease-fields.js";
import { parseFilter } from "#server/grpc/filter.js";
import { hostOf } from "./fleet-samples.js";

describe("the search of the fleet", () => {
  it("asks for everything where nothing was typed", () => {
    assert.equal(leaseSearchFilter(""), "");
    assert.equal(leaseSearchFilter("  "), "");
  });

  it("looks for a word in services, instances and hosts", () => {
    assert.equal(
      leaseSearchFilter("orders"),
      'service = "*orders*" OR instance = "*orders*" OR host_id = "*orders*"',
    );
  });

  it("takes a number for a port, too", () => {
    assert.match(leaseSearchFilter("20417"), /^port = 20417 OR service = /);
  });

  it("takes KEY=VALUE for a label, unless KEY is a field of leases", () => {
    assert.equal(leaseSearchFilter("env=prod"), 'labels."env" = "prod"');
    assert.equal(
      leaseSearchFilter("app.kubernetes.io/name=web"),
      'labels."app.kubernetes.io/name" = "web"',
    );
    assert.equal(leaseSearchFilter("env="), 'labels:"env"');
    assert.equal(leaseSearchFilter("state=STALE"), "state=STALE");
  });

  it("wants each of several words", () => {
    assert.equal(
      leaseSearchFilter("env=prod 20417"),
      '(labels."env" = "prod") AND (port = 20417 OR service = "*20417*" OR instance = "*20417*")',
    );
  });

  it("leaves an expression as it was typed", () => {
    for (const text of [
      'service = "orders" AND port >= 20000',
      "NOT state = STALE",
      "port>=20000",
    ]) {
      assert.equal(leaseSearchFilter(text), text);
    }
  });

  it("makes what the parser takes of whatever is typed as words", () => {
    for (const text of ['a"b', "it's", "a\\b", "a*b", "env=prod zone=a", "x/y", "ä ö"]) {
      assert.doesNotThrow(() => parseFilter(leaseSearchFilter(text), fleetLeaseFields), text);
    }
  });

  it("finds hosts by the same words, and none by an expression", () => {
    const hosts = [hostOf("build-07", { labels: { env: "prod" } }), hostOf("web-01")];
    const found = (text: string): readonly string[] =>
      hostsFound(hosts, text).map(({ hostId }) => hostId);
    assert.deepEqual(found("build-07"), ["build-07"]);
    assert.deepEqual(found("env=prod"), ["build-07"]);
    assert.deepEqual(found(""), []);
    assert.deepEqual(found('host_id = "web-01"'), []);
  });
});

describe("labels as they are typed", () => {
  it("are words with an equals sign, where the value may have another one", () => {
    assert.deepEqual(parseLabels(" env=prod  zone=a=b flag "), {
      env: "prod",
      zone: "a=b",
      flag: "",
    });
    assert.deepEqual(parseLabels(""), {});
  });
});
