// Where an etcd is, as people write it.

import assert from "node:assert/strict";
import { formatEtcdAddress, parseEtcdAddress } from "#server/config/etcd-address.js";

describe("parseEtcdAddress()", () => {
  const good = [
    ["etcd://10.0.0.1:2379", ["10.0.0.1:2379"], false, "/portlease/"],
    ["etcd://etcd-1,ETCD-2:23790", ["etcd-1:2379", "etcd-2:23790"], false, "/portlease/"],
    ["etcds://etcd.example.org", ["etcd.example.org:2379"], true, "/portlease/"],
    ["etcd://[::1]:2379/", ["[::1]:2379"], false, "/portlease/"],
    ["etcd://[fd00::1],[fd00::2]", ["[fd00::1]:2379", "[fd00::2]:2379"], false, "/portlease/"],
    ["etcd://a:1/ports/of-us", ["a:1"], false, "/ports/of-us/"],
    ["etcd://a:1//x//", ["a:1"], false, "/x/"],
    ["etcd://a:1,a:1", ["a:1"], false, "/portlease/"],
  ] as const;
  for (const [text, endpoints, tls, prefix] of good) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseEtcdAddress(text), { endpoints, tls, prefix });
    });
  }

  const bad = [
    "10.0.0.1:2379",
    "http://10.0.0.1:2379",
    "etcd://",
    "etcd://user:secret@10.0.0.1",
    "etcd://10.0.0.1:0",
    "etcd://10.0.0.1:99999",
    "etcd://10.0.0.999:1",
    "etcd://a,,b",
    "etcd://a/p?x=1",
    "etcd://a/über",
    `etcd://${Array.from({ length: 17 }, (_, index) => `a${index}`).join(",")}`,
  ];
  for (const text of bad) {
    it(`refuses ${text.slice(0, 40)}`, () => {
      assert.equal(parseEtcdAddress(text), null);
    });
  }

  it("is what formatEtcdAddress() writes", () => {
    for (const [text] of good) {
      const address = parseEtcdAddress(text);
      assert.ok(address !== null);
      assert.deepEqual(parseEtcdAddress(formatEtcdAddress(address)), address);
    }
  });
});
