import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import type { BrokerError } from "#server/domain/errors.js";
import { brokerCodeOf, toBrokerError } from "#server/native-failure.js";
import { StartError } from "#server/start-error.js";

function converted(error: unknown): BrokerError {
  const found = toBrokerError(error);
  assert.ok(found !== null, "a failure of the native layer");
  return found;
}

describe("toBrokerError()", () => {
  it("keeps the text and every fact that the operating system gave", () => {
    const native = new NativeError("PORT_TAKEN", "Port 20417 is taken. Use another.", {
      api: "bind",
      errorNumber: 10_048,
      errorName: "WSAEADDRINUSE",
      port: 20_417,
      holders: [
        { processId: 12, processName: "orders.exe" },
        { processId: 13, processName: "svchost.exe" },
      ],
    });
    const { code, message, details } = converted(native);
    assert.deepEqual([code, message], ["port_in_use", native.message]);
    assert.deepEqual(details.metadata, {
      api: "bind",
      error_number: "10048",
      error_name: "WSAEADDRINUSE",
      port: "20417",
      holders: "12 orders.exe, 13 svchost.exe",
    });
    assert.equal(details.subject, "port:20417");
    assert.equal(details.cause, native);
  });

  it("says nothing of what is not known", () => {
    const { details } = converted(new NativeError("NO_FREE_RANGE", "no"));
    assert.deepEqual(details.metadata, {});
  });

  it("tells when to try again only where waiting helps", () => {
    const retry = (code: "NETWORK_DOWN" | "RESOURCES") =>
      converted(new NativeError(code, "no")).details.retryAfterMs;
    assert.deepEqual([retry("NETWORK_DOWN"), retry("RESOURCES")], [1_000, undefined]);
  });

  it("knows the error of another copy of the native package", () => {
    const fields = { api: "bind", errorNumber: 5, errorName: "X", port: null, holders: [] };
    const copy = Object.assign(new Error("denied"), {
      name: "NativeError",
      code: "ACCESS_DENIED",
      fields,
    });
    assert.equal(converted(copy).code, "broker_not_elevated");
  });

  it("finds the failure below other errors, and does not follow causes for ever", () => {
    const native = new NativeError("ACCESS_DENIED", "denied");
    assert.equal(converted(new StartError("CANNOT_RESERVE", "no block", native)).message, "denied");
    const circle = new Error("circle");
    circle.cause = circle;
    assert.equal(toBrokerError(circle), null);
  });

  it("leaves every other error alone", () => {
    const lookalikes = [
      Object.assign(new Error("x"), { code: "ACCESS_DENIED" }),
      Object.assign(new Error("x"), { name: "NativeError", code: "toString", fields: {} }),
      Object.assign(new Error("x"), { name: "NativeError", code: "ACCESS_DENIED" }),
    ];
    for (const error of [...lookalikes, new TypeError("x"), "x", null, undefined]) {
      assert.equal(toBrokerError(error), null);
    }
  });

  it("has a place for every code", () => {
    assert.ok(Object.keys(brokerCodeOf).length >= 12);
  });
});
