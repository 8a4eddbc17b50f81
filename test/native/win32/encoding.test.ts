// Ports, runs, tokens, addresses and texts as the bytes that Windows takes.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import {
  decodeReservation,
  encodePortRange,
  encodeToken,
  networkOrderStart,
} from "#native/win32/port-range.js";
import { encodeSockaddr, portOfSockaddr } from "#native/win32/sockaddr.js";
import { fromWideText, wideText } from "#native/win32/wide-text.js";

describe("networkOrderStart", () => {
  it("swaps the bytes of the start, and nothing else", () => {
    // 5000 is 0x1388; unswapped it would reserve port 34835.
    assert.equal(networkOrderStart({ firstPort: 5_000, portCount: 1 }), 0x88_13);
    assert.equal(networkOrderStart({ firstPort: 0x01_00, portCount: 1 }), 1);
  });

  it("refuses what would wrap around in 16 bits", () => {
    for (const run of [
      { firstPort: 0, portCount: 1 },
      { firstPort: 70_000, portCount: 1 },
      { firstPort: 65_535, portCount: 2 },
      { firstPort: 1, portCount: 0 },
    ]) {
      assert.throws(() => networkOrderStart(run), isRangeInvalid);
    }
  });
});

describe("port ranges", () => {
  it("have the start in network order and the count in host order", () => {
    assert.equal(encodePortRange(41_000, 10).toString("hex"), "a0280a00");
    assert.equal(encodePortRange(null, 256).toString("hex"), "00000001");
    assert.throws(() => encodePortRange(null, 65_536), isRangeInvalid);
  });

  it("are read with all 64 bits of the token", () => {
    const instance = Buffer.from("a0280a00ffffffff0100000000000080", "hex");
    const token = 0x8000_0000_0000_0001n;
    assert.deepEqual(decodeReservation(instance), {
      run: { firstPort: 41_000, portCount: 10 },
      token,
    });
    assert.equal(encodeToken(token).toString("hex"), "0100000000000080");
  });
});

describe("encodeSockaddr", () => {
  it("writes both families, 2 and 23", () => {
    const four = { family: "ipv4", bytes: Uint8Array.of(127, 0, 0, 1) } as const;
    assert.equal(encodeSockaddr(four, 258).toString("hex"), "020001027f0000010000000000000000");
    const six = { family: "ipv6", bytes: Uint8Array.from({ length: 16 }, (_, i) => i) } as const;
    const bytes = encodeSockaddr(six, 258);
    const expected = "1700010200000000000102030405060708090a0b0c0d0e0f00000000";
    assert.equal(bytes.toString("hex"), expected);
    assert.equal(portOfSockaddr(bytes), 258);
  });
});

describe("wide texts", () => {
  it("end with a NUL, and are read up to one", () => {
    assert.equal(wideText("é").toString("hex"), "e9000000");
    assert.equal(fromWideText(Buffer.concat([wideText("node.exe"), wideText("rest")])), "node.exe");
    assert.equal(fromWideText(Buffer.from("ab", "utf16le")), "ab");
  });
});

function isRangeInvalid(error: unknown): boolean {
  return error instanceof NativeError && error.code === "RANGE_INVALID";
}
