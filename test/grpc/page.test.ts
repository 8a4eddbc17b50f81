import assert from "node:assert/strict";
import { BrokerError } from "#server/domain/errors.js";
import { decodePageToken, encodePageToken, pageSize } from "#server/grpc/page.js";

describe("pages", () => {
  it("have a default size, a largest one, and no negative one", () => {
    assert.equal(pageSize(0), 100);
    assert.equal(pageSize(7), 7);
    assert.equal(pageSize(1_001), 1_000);
    assert.throws(() => pageSize(-1), /page_size is -1/);
  });

  it("go on where the token says, in the list it belongs to", () => {
    assert.equal(decodePageToken("leases", ""), "");
    assert.equal(decodePageToken("leases", encodePageToken("leases", "abc")), "abc");
  });

  it("refuse every other token with the same clear answer", () => {
    const foreign = encodePageToken("pools", "abc");
    for (const token of [
      foreign,
      "x",
      "%%%",
      Buffer.from("[1,2]").toString("base64url"),
      "a".repeat(600),
    ]) {
      assert.throws(
        () => decodePageToken("leases", token),
        (error) => error instanceof BrokerError && error.code === "page_token_invalid",
        token,
      );
    }
  });
});
