import assert from "node:assert/strict";
import fc from "fast-check";
import { BrokerError } from "#server/domain/errors.js";
import { parseFilter } from "#server/grpc/filter.js";
import { leaseFields } from "#server/grpc/lease-fields.js";
import { anyFilter, anyLease } from "../support/any-filter.js";
import { sampleLease } from "../support/store-samples.js";

const holder = (fields: object) => ({
  holder: { service: "orders", instance: "1", labels: {}, process: null, ...fields },
});

function matches(filter: string, fields: Parameters<typeof sampleLease>[1] = {}): boolean {
  return parseFilter(filter, leaseFields).matches(sampleLease(1, fields));
}

function refusal(filter: string): BrokerError {
  try {
    parseFilter(filter, leaseFields);
  } catch (error) {
    if (error instanceof BrokerError && error.code === "field_invalid") return error;
    throw error;
  }
  return assert.fail(`${filter} was taken`);
}

describe("The filter of lists and watches", () => {
  it("matches everything when it is empty", () => {
    assert.ok(matches(""));
    assert.ok(matches("  "));
  });

  it("means what a naive reading of it means", () => {
    fc.assert(
      fc.property(
        anyFilter,
        fc.array(anyLease, { minLength: 1, maxLength: 8 }),
        (meant, leases) => {
          fc.pre(meant.text.length <= 2_048 && meant.text.split(/ AND | OR /).length <= 64);
          const filter = parseFilter(meant.text, leaseFields);
          for (const lease of leases) {
            assert.equal(filter.matches(lease), meant.matches(lease), meant.text);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("refuses every other text with field_invalid, and never fails otherwise", () => {
    const pieces = fc.constantFrom(
      ..."( ) - . = != < : \" ' \\ * AND OR NOT service labels port 1 30s x __proto__".split(" "),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(" ")),
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (filter) => {
        try {
          parseFilter(filter, leaseFields).matches(sampleLease(1));
        } catch (error) {
          assert.ok(error instanceof BrokerError, String(error));
          assert.equal(error.code, "field_invalid");
          assert.equal(error.details.field, "filter");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("binds OR tighter than AND, as AIP-160 has it", () => {
    const orders = holder({ service: "orders", instance: "9" });
    assert.equal(matches('service = "x" AND instance = "9" OR instance = "8"', orders), false);
    assert.equal(matches('instance = "9" OR instance = "8" AND service = "x"', orders), false);
    assert.equal(matches('(service = "x" AND instance = "8") OR instance = "9"', orders), true);
  });

  it("asks each port of a run", () => {
    const run = { ports: { firstPort: 20_000, lastPort: 20_003 } };
    assert.ok(matches("port = 20003", run));
    assert.ok(matches("port > 20002", run));
    assert.ok(!matches("port > 20003", run));
    assert.ok(!matches("port != 20001", run));
    assert.ok(matches("port != 20004", run));
  });

  it("takes times of grants, in quotes", () => {
    const granted = { createdWallMs: Date.UTC(2026, 10, 25, 3, 12) };
    assert.ok(matches('create_time >= "2026-11-25T03:12:00Z"', granted));
    assert.ok(!matches('create_time > "2026-11-25T03:12:00Z"', granted));
    assert.ok(matches('create_time < "2026-11-25T05:00:00+01:00"', granted));
  });

  it("takes values with dots and stars without quotes", () => {
    const labels = { version: "1.2.3", host: "db.example.com" };
    assert.ok(matches("labels.version = 1.2.3", holder({ labels })));
    assert.ok(matches("labels.host = *.example.com", holder({ labels })));
    assert.ok(!matches("labels.host = *.example.org", holder({ labels })));
  });

  it("knows no labels that every object has", () => {
    assert.ok(!matches("labels:constructor"));
    assert.ok(!matches("labels.toString = x"));
  });

  for (const [filter, position, word] of [
    ["nonsense = 1", 1, /no field; the fields are lease_id, pool, .*labels/],
    ["constructor = 1", 1, /no field/],
    ['"service" = orders', 1, /no field/],
    ["service", 8, /it ends where one of = != /],
    ["service = orders instance = 1", 18, /AND, OR or the end/],
    ["service = orders and pool = x", 18, /"and" stands where AND/],
    ["service > orders", 11, /= and !=/],
    ["port = abc", 8, /no whole number/],
    ["port : 1", 8, /for labels only/],
    ["protocol = sctp", 12, /none of tcp, udp/],
    ["ttl > 30", 7, /no time with its unit/],
    ["create_time > 2026", 15, /no time such as/],
    ['create_time > "2026-11-25T03:12:00"', 15, /no time such as/],
    ['create_time > "2026-11-25"', 15, /no time such as/],
    ['create_time > "2026-11-25T03:12:00Z (UTC)"', 15, /no time such as/],
    ['create_time > "2026-13-25T03:12:00Z"', 15, /no time such as/],
    ["labels = a", 10, /labels.key or labels:key/],
    ["(port = 1", 10, /AND, OR or \)/],
    ["port = 1)", 9, /AND, OR or the end/],
    ['service = "a', 11, /has no end/],
    [String.raw`service = "\n"`, 12, /escapes/],
  ] as const) {
    it(`refuses ${JSON.stringify(filter)}, naming the place`, () => {
      const { message, details } = refusal(filter);
      assert.match(message, word);
      assert.equal(details.metadata?.["position"], String(position), message);
    });
  }

  it("has a length, a depth and a number of conditions that it may not exceed", () => {
    assert.match(refusal(`service = "${"x".repeat(2_048)}"`).message, /at most 2048/);
    assert.ok(parseFilter(`${"(".repeat(16)}port = 1${")".repeat(16)}`, leaseFields));
    assert.match(refusal(`${"(".repeat(17)}port = 1${")".repeat(17)}`).message, /deeper than 16/);
    const conditions = Array.from({ length: 64 }, () => "port=1");
    assert.ok(parseFilter(conditions.join(" AND "), leaseFields));
    assert.match(refusal([...conditions, "port=1"].join(" OR ")).message, /more than 64/);
  });

  it("says what it demands of everything that matches, for those who have an index", () => {
    const demands = (filter: string) => [...parseFilter(filter, leaseFields).demands];
    assert.deepEqual(demands('service = "orders" AND port = 20001'), [
      ["service", "orders"],
      ["port", "20001"],
    ]);
    assert.deepEqual(demands('(service = "orders") AND (port = 1 OR port = 2)'), [
      ["service", "orders"],
    ]);
    for (const none of [
      "",
      "service = a OR pool = b",
      "NOT service = a",
      "-(service = a AND pool = b)",
      "service = a*",
      "service != a",
      "port > 1",
      "labels.service = a",
    ]) {
      assert.deepEqual(demands(none), [], none);
    }
  });

  it("names the field of the request that it stands in", () => {
    assert.throws(
      () => parseFilter("x", leaseFields, "lease_filter"),
      (error) => {
        assert.ok(error instanceof BrokerError);
        assert.equal(error.details.field, "lease_filter");
        assert.match(error.message, /^lease_filter is wrong at character 1/);
        return true;
      },
    );
  });

  it("says which field of it may change while a lease lives", () => {
    assert.equal(
      parseFilter("service = a AND NOT binding = BOUND", leaseFields).changingField,
      "binding",
    );
    assert.equal(
      parseFilter("service = a OR labels:x OR port = 1", leaseFields).changingField,
      null,
    );
  });
});
