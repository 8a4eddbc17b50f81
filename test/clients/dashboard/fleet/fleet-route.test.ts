// Links within the dashboard of the fleet lead where they say, for every name that a host or a service may have.

import assert from "node:assert/strict";
import {
  hostLink,
  parseFleetRoute,
  searchLink,
  serviceLink,
  withQuery,
} from "#dashboard/fleet/model/fleet-route.js";

describe("the addresses of the dashboard of the fleet", () => {
  it("name each view, with its query", () => {
    assert.equal(parseFleetRoute("").view, "overview");
    assert.equal(parseFleetRoute("#/").view, "overview");
    assert.equal(parseFleetRoute("#/hosts").view, "hosts");
    assert.equal(parseFleetRoute("#/problems?severity=critical").view, "problems");
    const overview = parseFleetRoute("#/?group=zone&host=a");
    assert.equal(overview.view, "overview");
    assert.deepEqual(overview.view === "overview" && [...overview.query], [
      ["group", "zone"],
      ["host", "a"],
    ]);
  });

  it("lead to hosts and services of any name and back", () => {
    for (const name of ["build-07", "a.b_c", "orders/eu", "50 % ?#&", "ä"]) {
      const host = parseFleetRoute(hostLink(name));
      assert.equal(host.view === "host" && host.hostId, name);
      const service = parseFleetRoute(serviceLink(name));
      assert.equal(service.view === "service" && service.service, name);
    }
  });

  it("keep what was searched for as it was typed", () => {
    for (const text of ["orders", "env=prod", 'service = "a?b" AND port >= 1', "100%"]) {
      const route = parseFleetRoute(searchLink(text));
      assert.equal(route.view === "search" && route.query.get("q"), text);
    }
  });

  it("leave out what is empty", () => {
    assert.equal(withQuery("#/hosts", { search: "", state: "lost" }), "#/hosts?state=lost");
    assert.equal(withQuery("#/hosts", { search: "" }), "#/hosts");
  });

  it("say that there is no such page", () => {
    for (const hash of ["#/nothing", "#/hosts/a/b", "#/services", "#/search/x"]) {
      assert.equal(parseFleetRoute(hash).view, "unknown", hash);
    }
  });

  it("take a name as it stands that cannot be decoded", () => {
    const route = parseFleetRoute("#/hosts/%zz");
    assert.equal(route.view === "host" && route.hostId, "%zz");
  });
});
