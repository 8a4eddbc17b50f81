// The variables of the register hook.

import assert from "node:assert/strict";
import { isShared } from "#client/register/cluster-role.js";
import { registerSettings } from "#client/register/settings.js";
import { PortleaseError } from "@portlease/client";

describe("The settings of the register hook", () => {
  it("have defaults", () => {
    assert.deepEqual(registerSettings({}, "/srv/orders.js"), {
      service: "orders",
      instance: "",
      pool: "",
      udpPool: null,
      onLost: "ignore",
      waitBrokerMs: 30_000,
      withoutBroker: "fail",
    });
  });

  it("come from the environment, where an empty variable counts as unset", () => {
    const environment = {
      PORTLEASE_SERVICE: "billing",
      PORTLEASE_INSTANCE: "1",
      PORTLEASE_POOL: "web",
      PORTLEASE_UDP_POOL: "media",
      PORTLEASE_ON_LOST: "close",
      PORTLEASE_WAIT_BROKER: "2m",
      PORTLEASE_WITHOUT_BROKER: "listen",
    };
    assert.deepEqual(registerSettings(environment, "/srv/orders.js"), {
      service: "billing",
      instance: "1",
      pool: "web",
      udpPool: "media",
      onLost: "close",
      waitBrokerMs: 120_000,
      withoutBroker: "listen",
    });
    const empty = Object.fromEntries(Object.keys(environment).map((name) => [name, ""]));
    assert.deepEqual(registerSettings(empty, "x.js"), registerSettings({}, "x.js"));
  });

  it("name the service by the package, else by the program", () => {
    const nameOf = (script: string | undefined, environment = {}) =>
      registerSettings(environment, script).service;
    assert.equal(nameOf("/srv/x.js", { npm_package_name: "@shop/orders" }), "@shop/orders");
    assert.equal(nameOf("/srv/orders/index.js"), "orders");
    assert.equal(nameOf("C:\\srv\\orders.mjs"), "orders");
    assert.equal(nameOf("/srv/orders.worker.cts"), "orders.worker");
    assert.equal(nameOf(undefined), "node");
    assert.equal(nameOf(`/${"x".repeat(200)}.js`).length, 128);
  });

  it("refuse what has no meaning, and say what has", () => {
    for (const [name, value] of [
      ["PORTLEASE_ON_LOST", "panic"],
      ["PORTLEASE_WITHOUT_BROKER", "yes"],
      ["PORTLEASE_WAIT_BROKER", "10"],
      ["PORTLEASE_WAIT_BROKER", "-1s"],
      ["PORTLEASE_WAIT_BROKER", "999999m"],
    ] as const) {
      assert.throws(
        () => registerSettings({ [name]: value }, "x.js"),
        (error) =>
          error instanceof PortleaseError &&
          error.reason === "OPTION_INVALID" &&
          error.message.includes(`${name} is "${value}"; give`),
      );
    }
  });
});

describe("Whether cluster workers share what their primary listens on", () => {
  it("is so by default, but not on Windows, and can be chosen", () => {
    assert.equal(isShared({}, "linux"), true);
    assert.equal(isShared({}, "win32"), false);
    assert.equal(isShared({ NODE_CLUSTER_SCHED_POLICY: "none" }, "linux"), false);
    assert.equal(isShared({ NODE_CLUSTER_SCHED_POLICY: "rr" }, "win32"), true);
  });
});
