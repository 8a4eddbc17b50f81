// The addresses of the dashboard's pages, and what the lease table keeps in them.

import assert from "node:assert/strict";
import { leaseTableLink, parseLeaseQuery } from "#dashboard/model/lease-query.js";
import { nextOrder } from "#dashboard/model/table-order.js";
import { explainLink, leaseLink, parsePort, parseRoute } from "#dashboard/model/route.js";

describe("the addresses of the pages", () => {
  it("name the pages", () => {
    assert.equal(parseRoute("").view, "overview");
    assert.equal(parseRoute("#/").view, "overview");
    assert.equal(parseRoute("#/leases").view, "leases");
    assert.equal(parseRoute("#/blocks").view, "blocks");
    assert.equal(parseRoute("#/events").view, "events");
    assert.deepEqual(parseRoute("#/explain"), { view: "explain", port: null });
  });

  it("name a lease and a port", () => {
    assert.deepEqual(parseRoute(leaseLink("a/b c")), { view: "lease", leaseId: "a/b c" });
    assert.deepEqual(parseRoute(explainLink(20_417)), { view: "explain", port: 20_417 });
  });

  it("know what is no page", () => {
    for (const hash of ["#/nothing", "#/blocks/1", "#/leases/a/b"]) {
      assert.equal(parseRoute(hash).view, "unknown", hash);
    }
  });

  it("take no other number for a port", () => {
    assert.equal(parsePort(" 65535 "), 65_535);
    for (const text of ["0", "65536", "", "12x", "-1", "1.5"])
      assert.equal(parsePort(text), null, text);
  });

  it("keep what the lease table shows", () => {
    const query = {
      search: 'a = "b&c"',
      pool: "web",
      condition: "stranger",
      orderBy: "service desc",
    };
    const route = parseRoute(leaseTableLink(query));
    assert.ok(route.view === "leases");
    assert.deepEqual(parseLeaseQuery(route.query), query);
  });

  it("leave out what is as usual, and ignore an order that there is not", () => {
    const usual = parseLeaseQuery(new URLSearchParams("order=secret"));
    assert.equal(usual.orderBy, "port");
    assert.equal(leaseTableLink(usual), "#/leases");
  });

  it("turn an order around", () => {
    assert.equal(nextOrder("port", "port"), "port desc");
    assert.equal(nextOrder("port desc", "port"), "port");
    assert.equal(nextOrder("port", "service"), "service");
  });
});
