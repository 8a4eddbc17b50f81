// Which platforms can be opened.

import assert from "node:assert/strict";
import { NativeError, openHostPorts, openLesseeSockets } from "@portlease/native";

describe("openHostPorts() and openLesseeSockets()", () => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};

  afterEach(() => {
    Object.defineProperty(process, "platform", platform);
  });

  for (const other of ["win32", "aix"]) {
    it(`say plainly that ${other} is not supported`, () => {
      Object.defineProperty(process, "platform", { ...platform, value: other });
      for (const open of [openHostPorts, openLesseeSockets]) {
        assert.throws(
          open,
          (error) =>
            error instanceof NativeError &&
            error.code === "UNSUPPORTED" &&
            /Run it on Linux\./.test(error.message),
        );
      }
    });
  }
});
