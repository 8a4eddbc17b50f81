// Where etcd is, as one setting says it.

import assert from "node:assert/strict";
import { endpointsMax, parseEtcdUrl, passwordInClearTo } from "#etcd/etcd-url.js";

describe("the address of etcd", () => {
  const read = [
    ["etcd://host", ["host:2379"], false, "/portlease/"],
    ["etcd://host/", ["host:2379"], false, "/portlease/"],
    [
      "etcd://Host:4001,b,[::1]:5,[FE80::1]/x",
      ["host:4001", "b:2379", "[::1]:5", "[fe80::1]:2379"],
      false,
      "/x/",
    ],
    [" etcds://10.0.0.1:1/fleet/of-a_b.c/ ", ["10.0.0.1:1"], true, "/fleet/of-a_b.c/"],
  ] as const;
  for (const [text, endpoints, secure, prefix] of read) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseEtcdUrl(text), { endpoints, secure, prefix });
    });
  }

  const refused = [
    ["http://host:2379", /must begin with etcd:\/\//],
    ["host:2379", /must begin with etcd:\/\//],
    ["etcd://", /"" is not host or host:port/],
    ["etcd://a,,b", /"" is not host or host:port/],
    ["etcd://a:b", /"a:b" is not host or host:port/],
    ["etcd://::1", /"::1" is not host or host:port/],
    ["etcd://a:0", /port 0, and ports are 1 to 65535/],
    ["etcd://a:65536", /port 65536, and ports are/],
    ["etcd://1.2.3", /"1.2.3" is no IP address/],
    ["etcd://[1.2.3.4]:1", /"1.2.3.4" is no IPv6 address/],
    ["etcd://a,b:2379,A", /names a:2379 twice/],
    ["etcd://a//b", /"\/\/b" is no prefix/],
    ["etcd://a/b c", /"\/b c" is no prefix/],
    ["etcd://a?x=1", /"a\?x=1" is not host/],
    [`etcd://a/${"b".repeat(200)}`, /its prefix has 202 characters, and at most 128/],
    [
      `etcd://${Array.from({ length: endpointsMax + 1 }, (_, index) => `h${index}`).join(",")}`,
      /names 8 hosts; at most 7/,
    ],
  ] as const;
  for (const [text, says] of refused) {
    it(`refuses ${text.slice(0, 40)}`, () => {
      assert.throws(() => parseEtcdUrl(text), { name: "RangeError", message: says });
    });
  }

  it("refuses a password in it, and does not repeat it", () => {
    assert.throws(
      () => parseEtcdUrl("etcd://fleet:very-secret@host:2379/x"),
      (error: Error) =>
        /settings of their own/.test(error.message) && !/secret/.test(error.message),
    );
  });

  it("tells to whom a password would go in clear text", () => {
    const clear = (text: string) => passwordInClearTo(parseEtcdUrl(text));
    assert.equal(clear("etcd://127.0.0.1,localhost:1,[::1],127.8.0.1"), null);
    assert.equal(clear("etcd://localhost,far.example.org:2379"), "far.example.org:2379");
    assert.equal(clear("etcd://127.0.0.1.example.org"), "127.0.0.1.example.org:2379");
    assert.equal(clear("etcds://far.example.org"), null);
  });
});
