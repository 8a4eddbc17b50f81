// The records of the fleet as JSON: what goes in comes out, and what is not as documented is told, whatever it is.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { readHost, writeHost } from "#fleet/records/host-json.js";
import { readLease, writeLease } from "#fleet/records/lease-json.js";
import { readPresence, writePresence } from "#fleet/records/presence-json.js";
import type { ReadResult } from "#fleet/records/read-record.js";
import { anyHost, anyLease, anyPresence } from "./any-record.js";

const readers = { readHost, readLease, readPresence } as const;
const bytesOf = (text: string): Uint8Array => Buffer.from(text);

describe("records of the fleet", () => {
  it("come back as they went in", () => {
    comeBack(anyLease, writeLease, readLease);
    comeBack(anyPresence, writePresence, readPresence);
    comeBack(anyHost, writeHost, readHost);
  });

  for (const [name, read] of Object.entries(readers)) {
    it(`never throw, whatever is read (${name})`, () => {
      const oneLine = (result: ReadResult<unknown>): void => {
        if (!("why" in result)) return;
        assert.match(result.why, /^[ -~…]{5,600}$/);
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => oneLine(read(bytes))));
      fc.assert(fc.property(fc.json(), (text) => oneLine(read(bytesOf(text)))));
      const members = fc.dictionary(fc.constantFrom(...memberNames.split(" ")), fc.jsonValue());
      const versioned = members.map((value) => JSON.stringify({ ...value, v: 1 }));
      fc.assert(fc.property(versioned, (text) => oneLine(read(bytesOf(text)))));
    });

    it(`tell what is no record (${name})`, () => {
      for (const [text, why] of [
        ["", /^it is not JSON$/],
        ["{", /^it is not JSON$/],
        ["[]", /^it is JSON, but no object$/],
        ["null", /^it is JSON, but no object$/],
        ["{}", /^its v is missing, and this version of portlease reads 1$/],
        ['{"v":2}', /^its v is 2: a newer version of portlease wrote it, and this one reads 1$/],
        ['{"v":"1"}', /^its v is "1", and/],
        ['{"v":1}', /^its \w+ is missing, and it is/],
        ["[".repeat(200_000), /^it is (not JSON|JSON, but no object)$/],
        [`{"v":1,"x":"${"y".repeat(262_144)}"}`, /^it has 262158 bytes, and records have at most/],
      ] as const) {
        const result = read(bytesOf(text));
        assert.ok("why" in result);
        assert.match(result.why, why);
      }
      assert.ok("why" in read(Uint8Array.of(0x22, 0xff, 0x22)), "no UTF-8");
    });
  }
});

describe("a lease's record", () => {
  const valid = {
    v: 1,
    pool: "default",
    protocol: "tcp",
    port: 30_001,
    portCount: 2,
    service: "orders",
    instance: "",
    labels: { track: "blue" },
    ttlMs: 30_000,
    granted: "2026-11-26T05:50:00.123Z",
    generation: 17,
    binding: "bound",
    unprotected: false,
    draining: false,
  };

  it("is written as documented", () => {
    const record = {
      pool: "default",
      protocol: "tcp",
      port: 30_001,
      portCount: 2,
      service: "orders",
      instance: "",
      labels: { track: "blue" },
      ttlMs: 30_000,
      grantedWallMs: Date.parse("2026-11-26T05:50:00.123Z"),
      generation: 17,
      binding: "bound",
      unprotected: false,
      draining: false,
    } as const;
    assert.equal(writeLease(record), JSON.stringify(valid));
  });

  it("may have members that a later version adds", () => {
    assert.ok("record" in readLease(bytesOf(JSON.stringify({ ...valid, later: { x: 1 } }))));
  });

  it("may have its times in another zone", () => {
    const text = JSON.stringify({ ...valid, granted: "2026-11-26T06:50:00.123+01:00" });
    const result = readLease(bytesOf(text));
    assert.ok("record" in result);
    assert.equal(new Date(result.record.grantedWallMs).toISOString(), valid.granted);
  });

  const tooMany = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, ""]));
  for (const [change, why] of [
    [{ port: 70_000 }, /^its port is 70000, and it is a whole number from 1 to 65535$/],
    [{ port: 1.5 }, /^its port is 1\.5/],
    [{ port: 65_535 }, /^it has 2 ports from 65535 on, and ports are 1 to 65535$/],
    [{ portCount: 0 }, /^its portCount is 0/],
    [{ pool: "" }, /^its pool is "", and it is a text of 1 to 63 characters$/],
    [{ protocol: "sctp" }, /^its protocol is "sctp", and it is one of tcp, udp, tcp-and-udp$/],
    [{ service: "s".repeat(129) }, /^its service is "s{60}"…, and it is a text of at most 128/],
    [{ service: "a\u202eb\n".repeat(40) }, /^its service is "a\\u202eb\\n/],
    [{ labels: [] }, /^its labels is a list, and it is an object$/],
    [{ labels: tooMany }, /^its labels has 33 entries, and it has at most 32$/],
    [{ labels: { "": "x" } }, /^a key of its labels is "", and keys have 1 to 63/],
    [{ labels: { ["k".repeat(64)]: "x" } }, /^a key of its labels is "k{60}"…/],
    [{ labels: { k: 1 } }, /^the value of "k" in its labels is 1, and values are texts/],
    [{ labels: { k: "v".repeat(256) } }, /^the value of "k" in its labels is "v{60}"…/],
    [{ ttlMs: 0 }, /^its ttlMs is 0/],
    [{ granted: "yesterday" }, /^its granted is "yesterday", and it is a time from 1970 on/],
    [{ granted: "1969-12-31T23:59:59.999Z" }, /^its granted is "1969/],
    [{ granted: "2026-13-01T00:00:00Z" }, /^its granted is "2026-13/],
    [{ generation: 2 ** 53 }, /^its generation is 9007199254740992/],
    [{ binding: "tied" }, /^its binding is "tied"/],
    [{ unprotected: 0 }, /^its unprotected is 0, and it is true or false$/],
    [{ draining: undefined }, /^its draining is missing/],
  ] as const) {
    it(`is refused, as ${why.source.slice(1, 60)}`, () => {
      const result = readLease(bytesOf(JSON.stringify({ ...valid, ...change })));
      assert.ok("why" in result);
      assert.match(result.why, why);
    });
  }

  it("cannot reach the prototype of objects by a label", () => {
    const text = JSON.stringify(valid).replace('"track"', '"__proto__"');
    const result = readLease(bytesOf(text));
    assert.ok("record" in result);
    assert.deepEqual(Object.entries(result.record.labels), [["__proto__", "blue"]]);
    assert.equal(Object.getPrototypeOf(result.record.labels), Object.prototype);
  });
});

const memberNames =
  "pool protocol port portCount service instance labels ttlMs granted hostName brokerId address version platform " +
  "brokerAddresses dashboardUrl started said serving pools problems grants __proto__";

function comeBack<Record>(
  any: fc.Arbitrary<Record>,
  write: (record: Record) => string,
  read: (bytes: Uint8Array) => ReadResult<Record>,
): void {
  fc.assert(
    fc.property(any, (record) => {
      assert.deepEqual(read(bytesOf(write(record))), { record });
    }),
  );
}
