// What applications are told when a leased listen fails.

import assert from "node:assert/strict";
import { errnoException } from "../support/errno-exception.js";
import { isBrokerAway, listenError } from "#client/register/listen-error.js";
import { PortleaseError, type PortleaseErrorCode } from "@portlease/client";
import { NativeError } from "@portlease/native";

const attempt = { syscall: "listen", host: "127.0.0.1", port: 20_017 } as const;

function failure(code: PortleaseErrorCode, reason: string, cause?: Error): PortleaseError {
  return new PortleaseError(code, "it failed.", { reason }, cause);
}

describe("The error of a leased listen", () => {
  it("looks as Node's own does, with our reason as its cause", () => {
    const cause = failure("FAILED_PRECONDITION", "PORT_LEASED");
    const told = listenError(cause, attempt);
    const own = errnoException("EADDRINUSE");
    assert.deepEqual(Object.fromEntries(Object.entries(told)), {
      code: "EADDRINUSE",
      errno: own.errno,
      syscall: "listen",
      address: "127.0.0.1",
      port: 20_017,
    });
    assert.equal(told.message, "listen EADDRINUSE 127.0.0.1:20017: PORT_LEASED: it failed.");
    assert.equal(told.cause, cause);
  });

  it("has the nearest code that Node knows", () => {
    for (const [failed, code] of [
      [failure("UNAVAILABLE", "BROKER_UNREACHABLE"), "ECONNREFUSED"],
      [failure("DEADLINE_EXCEEDED", "BROKER_TIMEOUT"), "ETIMEDOUT"],
      [failure("PERMISSION_DENIED", "ROLE_MISSING"), "EACCES"],
      [failure("INVALID_ARGUMENT", "OPTION_INVALID"), "EINVAL"],
      [failure("RESOURCE_EXHAUSTED", "POOL_FULL"), "EADDRNOTAVAIL"],
      [new Error("anything"), "EADDRNOTAVAIL"],
    ] as const) {
      assert.equal(Reflect.get(listenError(failed, attempt), "code"), code);
    }
  });

  it("has the code of the system where the system refused, by its Windows name too", () => {
    for (const [errorName, code] of [
      ["EADDRINUSE", "EADDRINUSE"],
      ["WSAEACCES", "EACCES"],
    ] as const) {
      const native = new NativeError("PORT_TAKEN", "Taken.", { errorName });
      const told = listenError(failure("FAILED_PRECONDITION", "BIND_FAILED", native), attempt);
      assert.equal(Reflect.get(told, "code"), code);
    }
  });

  it("is Node's own for a host name that does not resolve", () => {
    const own = Object.assign(new Error("getaddrinfo ENOTFOUND x"), { syscall: "getaddrinfo" });
    assert.equal(listenError(own, attempt), own);
  });

  it("says what to do where no broker is", () => {
    const away = failure("UNAVAILABLE", "BROKER_UNREACHABLE");
    assert.ok(isBrokerAway(away));
    assert.match(listenError(away, attempt).message, /PORTLEASE_WITHOUT_BROKER=listen/);
    assert.ok(!isBrokerAway(failure("RESOURCE_EXHAUSTED", "POOL_FULL")));
  });
});
