// Failures of the operating system, from the native layer to the caller of a gRPC method.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { NativeError, type NativeErrorCode } from "@portlease/native";
import { statusOf } from "#server/grpc/status.js";
import { brokerCodeOf } from "#server/native-failure.js";
import {
  type ImaginaryBroker,
  portCount,
  startImaginaryBroker,
} from "../support/imaginary-broker.js";
import { failureOf } from "../support/rpc-failure.js";

const codes = Object.keys(brokerCodeOf) as NativeErrorCode[];

describe("What the operating system refuses, over gRPC", () => {
  let imaginary: ImaginaryBroker;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
  });

  afterEach(() => imaginary.stop());

  for (const code of codes) {
    const expected = brokerCodeOf[code];
    it(`says ${expected.toUpperCase()} for ${code}, with call, number, name and port`, async () => {
      const { host, caller } = imaginary;
      const fields = { api: "WSAIoctl", errorNumber: 10_013, errorName: "WSAEACCES", port: 20_001 };
      for (let port = 0; port < portCount; port += 1) {
        host.failNext("reclaimPort", new NativeError(code, `${code}: do this.`, fields));
      }
      const failure = await failureOf(caller.acquire());
      assert.equal(failure.reason, expected.toUpperCase());
      assert.equal(failure.code, statusOf[expected]);
      assert.equal(failure.text, `${code}: do this.`, "the advice arrives, also with INTERNAL");
      assert.deepEqual(failure.details.errorInfo?.metadata, {
        api: "WSAIoctl",
        error_number: "10013",
        error_name: "WSAEACCES",
        port: "20001",
      });
      assert.equal(
        failure.details.retryInfo !== undefined,
        failure.code === status.UNAVAILABLE,
        "a time to try again, where waiting helps",
      );
    });
  }

  it("grants another port when only one cannot be looked at", async () => {
    imaginary.host.failNext("reclaimPort", new NativeError("OS_ERROR", "no"));
    const { leaseId } = await imaginary.caller.acquire();
    assert.notEqual(leaseId, "");
  });
});
