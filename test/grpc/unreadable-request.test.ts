// Bytes that are no message: the caller's fault, and told as such.

import assert from "node:assert/strict";
import { callRaw } from "../support/call-raw.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";

/** Field 1 as a text of 255 bytes that do not follow. */
const cut = Buffer.from("0aff", "hex");

describe("A request that cannot be read", () => {
  let broker: TestBroker;

  before(async () => {
    broker = await startTestBroker();
  });
  after(() => broker.dispose());

  for (const [method, answersStream] of [
    ["LeaseService/AcquireLease", false],
    ["AdminService/ListBlocks", false],
    ["LeaseService/WatchLeases", true],
    ["LeaseService/Session", true],
  ] as const) {
    it(`is refused by ${method} as invalid, not as a fault of the broker`, async () => {
      const path = `/portlease.v1.${method}`;
      const failure = await callRaw(broker.address, path, cut, answersStream);
      assert.equal(`${failure.codeName} ${failure.reason}`, "INVALID_ARGUMENT FIELD_INVALID");
    });
  }
});
