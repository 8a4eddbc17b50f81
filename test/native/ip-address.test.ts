// IP addresses between text and bytes.

import assert from "node:assert/strict";
import { type Arbitrary, assert as check, property, uint8Array } from "fast-check";
import { formatIpv4, formatIpv6, parseIpAddress } from "#native/ip-address.js";
import { darwinLayout, linuxLayout } from "#native/posix/layout.js";
import { encodeSockaddr } from "#native/posix/sockaddr.js";

const bytes = (length: number): Arbitrary<Uint8Array> =>
  uint8Array({ minLength: length, maxLength: length });

describe("parseIpAddress()", () => {
  const cases = [
    ["127.0.0.1", "7f000001"],
    ["0.0.0.0", "00000000"],
    ["::", "00".repeat(16)],
    ["::1", `${"00".repeat(15)}01`],
    ["2001:db8::8:800:200c:417a", "20010db80000000000080800200c417a"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["1::", `0001${"00".repeat(14)}`],
    ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
    ["64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"],
  ] as const;

  for (const [text, hex] of cases) {
    it(`reads ${text}`, () => {
      assert.equal(Buffer.from(parseIpAddress(text)?.bytes ?? []).toString("hex"), hex);
    });
  }

  it("refuses everything else", () => {
    const others = [
      "",
      "localhost",
      "1.2.3",
      "256.1.1.1",
      ":::",
      "1::2::3",
      "fe80::1%eth0",
      "[::1]",
    ];
    for (const text of others) assert.equal(parseIpAddress(text), null, text);
  });
});

describe("formatIpv6()", () => {
  // Examples of RFC 5952, sections 4 and 5.
  const cases = [
    ["2001:0db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
  ] as const;

  for (const [text, canonical] of cases) {
    it(`writes ${text} as ${canonical}`, () => {
      assert.equal(formatIpv6(parseIpAddress(text)?.bytes ?? new Uint8Array()), canonical);
    });
  }

  it("is undone by parseIpAddress() for every address", () => {
    check(
      property(bytes(16), (address) => {
        assert.deepEqual(parseIpAddress(formatIpv6(address))?.bytes, address);
      }),
    );
    check(
      property(bytes(4), (address) => {
        assert.deepEqual(parseIpAddress(formatIpv4(address))?.bytes, address);
      }),
    );
  });
});

describe("encodeSockaddr()", () => {
  const ipv4 = parseIpAddress("192.0.2.1");
  const ipv6 = parseIpAddress("2001:db8::1");
  assert.ok(ipv4 !== null && ipv6 !== null);

  it("puts port and address in network order", () => {
    const short = encodeSockaddr(linuxLayout, ipv4, 0x1234);
    assert.equal(short.length, 16);
    assert.equal(short.subarray(2).toString("hex"), `1234c0000201${"00".repeat(8)}`);
    const long = encodeSockaddr(linuxLayout, ipv6, 0x1234);
    assert.equal(long.length, 28);
    const address = "20010db8000000000000000000000001";
    assert.equal(long.subarray(2).toString("hex"), `123400000000${address}00000000`);
  });

  it("puts the family in host order on Linux, behind a length byte on macOS", () => {
    const family = new Uint16Array(
      Uint8Array.from(encodeSockaddr(linuxLayout, ipv6, 1)).buffer,
      0,
      1,
    );
    assert.deepEqual([...family], [10]);
    assert.deepEqual([...encodeSockaddr(darwinLayout, ipv6, 1).subarray(0, 2)], [28, 30]);
    assert.deepEqual([...encodeSockaddr(darwinLayout, ipv4, 1).subarray(0, 2)], [16, 2]);
  });
});
