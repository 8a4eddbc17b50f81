// Which platforms can be opened.

import assert from "node:assert/strict";
import { NativeError, openHostPorts, openLesseeSockets } from "@portlease/native";

describe("openHostPorts() and openLesseeSockets()", () => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};

  afterEach(() => {
    Object.defineProperty(process, "platform", platform);
  });

  it("say plainly that another platform is not supported", () => {
    Object.defineProperty(process, "platform", { ...platform, value: "aix" });
    for (const open of [openHostPorts, openLesseeSockets]) {
      assert.throws(
        open,
        (error) =>
          error instanceof NativeError &&
          error.code === "UNSUPPORTED" &&
          /Run it on Windows or Linux\./.test(error.message),
      );
    }
  });
});
