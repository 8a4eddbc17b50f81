// The product as it lies in the Wine lab: each module is there once, by whatever name it is imported.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { NativeError as NativeErrorByPath } from "#native/native-error.js";
import { LeaseClient } from "@portlease/client";
import { LeaseClient as LeaseClientByPath } from "#client/lease-client.js";

describe("the app tree", () => {
  it("has one instance of each module of a workspace", () => {
    assert.equal(NativeError, NativeErrorByPath);
    assert.equal(LeaseClient, LeaseClientByPath);
  });

  it("runs on Windows", () => {
    assert.equal(process.platform, "win32");
  });
});
