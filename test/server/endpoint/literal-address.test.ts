import assert from "node:assert/strict";
import { literalAddress } from "#server/endpoint/literal-address.js";
import { StartError, type StartErrorCode } from "#server/start-error.js";

describe("literalAddress()", () => {
  const means = (address: string) => () => Promise.resolve(address);

  function refused(host: string, resolve: () => Promise<string>, code: StartErrorCode) {
    return assert.rejects(literalAddress({ host, port: 7_600 }, false, resolve), (error) => {
      assert.ok(error instanceof StartError && error.code === code, String(error));
      assert.ok(error.message.includes(host), error.message);
      return true;
    });
  }

  it("is what the name means here", async () => {
    const found = await literalAddress({ host: "localhost", port: 1 }, false, means("::1"));
    assert.deepEqual(found, { host: "::1", port: 1 });
    const far = await literalAddress({ host: "db.example", port: 1 }, true, means("192.0.2.1"));
    assert.deepEqual(far, { host: "192.0.2.1", port: 1 });
  });

  it("refuses a localhost that others can reach, and whatever else they can, without TLS", async () => {
    await refused("localhost", means("192.0.2.1"), "CANNOT_SECURE");
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1"]) {
      await refused(host, means(host), "CANNOT_SECURE");
    }
  });

  it("says so when a name means nothing here", () =>
    refused("nowhere.example", () => Promise.reject(new Error("ENOTFOUND")), "CANNOT_LISTEN"));
});
