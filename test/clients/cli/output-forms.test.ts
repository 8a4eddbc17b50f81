// Tables for people and proto3 JSON for programs.

import assert from "node:assert/strict";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { durationText, leaseColumns } from "#cli/lease-text.js";
import { durationJson, leaseJson, protoDuration } from "#cli/proto-json.js";
import { formatPairs, formatTable } from "#cli/table.js";

const lease = Lease.fromPartial({
  leaseId: "lease-1",
  pool: "default",
  protocol: 1,
  port: 20_000,
  portCount: 4,
  state: 1,
  holder: { service: "orders", labels: { team: "shop" } },
  ttl: { seconds: 30n, nanos: 0 },
  remaining: { seconds: 27n, nanos: 900_000_000 },
  createTime: new Date(0),
  generation: 7n,
  revision: 18_446_744_073_709_551_615n,
  binding: 2,
});

describe("formatTable", () => {
  it("pads every column to its widest cell and leaves no spaces at the end", () => {
    assert.equal(
      formatTable(
        ["PORT", "SERVICE"],
        [
          ["20000", "a"],
          ["1", "orders"],
        ],
      ),
      "PORT   SERVICE\n20000  a\n1      orders",
    );
  });

  it("escapes what a service's name could do to a terminal", () => {
    assert.equal(formatTable(["A"], [["x\u001b[2J\ny"]]), "A\nx\\u001b[2J\\u000ay");
    assert.equal(
      formatPairs([
        ["a", "x\r"],
        ["long", null],
        ["bc", "y"],
      ]),
      "a   x\\u000d\nbc  y",
    );
  });
});

describe("leaseColumns", () => {
  const shown = (wide: boolean, of = lease): readonly string[] =>
    leaseColumns.filter((column) => wide || column.wide !== true).map(({ text }) => text(of));

  it("tell ports, protocol, service, state and the time left in whole seconds", () => {
    const row = ["20000-20003", "tcp", "orders", "-", "default", "bound", "27s", "lease-1"];
    assert.deepEqual(shown(false), row);
  });

  it("tell more in the wide form, with the id last", () => {
    const row = shown(true);
    assert.ok(row.includes("team=shop"), row.join());
    assert.equal(row.at(-1), "lease-1");
  });

  it("name what has no name", () => {
    assert.equal(shown(false, Lease.fromPartial({ port: 1 }))[2], "(unnamed)");
  });
});

describe("durationText", () => {
  it("is exact below a second and whole seconds above", () => {
    assert.equal(durationText(protoDuration(850)), "850ms");
    assert.equal(durationText(protoDuration(61_999)), "1m1s");
    assert.equal(durationText(undefined), null);
  });
});

describe("leaseJson", () => {
  it("has enums by name, 64-bit numbers as text, durations with their unit and null for what is unset", () => {
    const document = leaseJson(lease);
    assert.deepEqual(
      [document["protocol"], document["state"], document["binding"], document["endReason"]],
      ["PROTOCOL_TCP", "STATE_ACTIVE", "BINDING_BOUND", "LEASE_END_REASON_UNSPECIFIED"],
    );
    assert.equal(document["revision"], "18446744073709551615");
    assert.deepEqual([document["ttl"], document["remaining"]], ["30s", "27.9s"]);
    assert.equal(document["createTime"], "1970-01-01T00:00:00.000Z");
    assert.equal(document["endTime"], null);
    assert.doesNotThrow(() => JSON.stringify(document));
  });

  it("has the same keys for every lease, so that scripts need no checks", () => {
    assert.deepEqual(Object.keys(leaseJson(Lease.fromPartial({}))), Object.keys(leaseJson(lease)));
  });

  it("keeps the number of an enum value that is newer than this program", () => {
    assert.equal(leaseJson(Lease.fromPartial({ binding: 99 as never }))["binding"], 99);
  });
});

describe("durationJson", () => {
  it("writes fractions without zeros at their end, and the sign once", () => {
    assert.equal(durationJson({ seconds: 0n, nanos: 1 }), "0.000000001s");
    assert.equal(durationJson({ seconds: -1n, nanos: -500_000_000 }), "-1.5s");
    assert.equal(durationJson(protoDuration(1_500)), "1.5s");
  });
});
