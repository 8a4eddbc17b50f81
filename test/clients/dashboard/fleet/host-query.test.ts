// The table of hosts: what is typed, chosen and sorted by, and the address that keeps it.

import assert from "node:assert/strict";
import {
  chosenHosts,
  type HostQuery,
  hostTableLink,
  parseHostQuery,
} from "#dashboard/fleet/model/host-query.js";
import { parseFleetRoute } from "#dashboard/fleet/model/fleet-route.js";
import { hostOf, problemOf, usageOf } from "./fleet-samples.js";

const usual: HostQuery = { search: "", state: "", orderBy: "host_id", page: 1 };

const fullPool = { pool: "default", protocol: "", kind: "", waitingRequests: 0 };
const hosts = [
  hostOf("build-01", { labels: { zone: "a", Env: "Prod" }, leases: 3, usage: usageOf(10, 7) }),
  hostOf("build-02", { labels: { zone: "b" }, leases: 9, state: "STATE_NOT_HEARD_FROM" }),
  hostOf("web-01", {
    labels: { zone: "a" },
    leases: 9,
    usage: usageOf(10, 0),
    pools: [{ ...fullPool, usage: usageOf(10, 0) }],
    problems: [problemOf("POOL_FULL")],
  }),
  hostOf("web-02", { state: "STATE_STOPPED", leases: 0, usage: usageOf(10, 10) }),
];

const ids = (query: Partial<HostQuery>): readonly string[] =>
  chosenHosts(hosts, { ...usual, ...query }).map(({ hostId }) => hostId);

describe("the table of hosts", () => {
  it("wants each word, in names, addresses and versions, in any case", () => {
    assert.deepEqual(ids({ search: "BUILD" }), ["build-01", "build-02"]);
    assert.deepEqual(ids({ search: "build 02.example" }), ["build-02"]);
    assert.deepEqual(ids({ search: "nothing" }), []);
  });

  it("takes a word with = for a label", () => {
    assert.deepEqual(ids({ search: "zone=a" }), ["build-01", "web-01"]);
    assert.deepEqual(ids({ search: "zone=a web" }), ["web-01"]);
    assert.deepEqual(ids({ search: "env=prod" }), ["build-01"]);
    assert.deepEqual(ids({ search: "zone=" }), ["build-01", "build-02", "web-01"]);
    assert.deepEqual(ids({ search: "zone=ab" }), []);
  });

  it("chooses by state, by problems and by full pools", () => {
    assert.deepEqual(ids({ state: "lost" }), ["build-02"]);
    assert.deepEqual(ids({ state: "stopped" }), ["web-02"]);
    assert.deepEqual(ids({ state: "problems" }), ["web-01"]);
    assert.deepEqual(ids({ state: "full" }), ["web-01"]);
    assert.deepEqual(ids({ state: "no such state" }).length, hosts.length);
  });

  it("sorts both ways, and by id where the rest is the same", () => {
    assert.deepEqual(ids({ orderBy: "leases" }), ["web-02", "build-01", "build-02", "web-01"]);
    assert.deepEqual(ids({ orderBy: "leases desc" }), ["build-02", "web-01", "build-01", "web-02"]);
    assert.deepEqual(ids({ orderBy: "host_id desc" })[0], "web-02");
    assert.deepEqual(ids({ orderBy: "utilisation desc" })[0], "web-01");
  });

  it("keeps everything in the address", () => {
    const query = { search: "zone=a b", state: "lost", orderBy: "leases desc", page: 3 };
    const route = parseFleetRoute(hostTableLink(query));
    assert.deepEqual(route.view === "hosts" && parseHostQuery(route.query), query);
    assert.equal(hostTableLink(usual), "#/hosts");
  });

  it("shows as usual what an address has wrong", () => {
    for (const text of [
      "page=0",
      "page=-1",
      "page=x",
      "page=1.5",
      "order=colour",
      "order=host_id up",
    ]) {
      assert.deepEqual(parseHostQuery(new URLSearchParams(text)), usual, text);
    }
  });
});
