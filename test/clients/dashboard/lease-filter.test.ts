// What a person types into the search becomes a filter that the broker's own parser takes, and that finds what was meant.

import assert from "node:assert/strict";
import { isExpression, leaseConditions, leaseFilter } from "#dashboard/model/lease-filter.js";
import { parseFilter } from "#server/grpc/filter.js";
import { leaseFields } from "#server/grpc/lease-fields.js";

const search = (text: string): string => leaseFilter({ search: text, pool: "", condition: "" });

describe("the search for leases", () => {
  it("asks for all leases when nothing was typed", () => {
    assert.equal(search(""), "");
    assert.equal(search("   "), "");
  });

  it("looks for a word in service and instance, and at the start of a lease's id", () => {
    assert.equal(
      search("orders"),
      'service = "*orders*" OR instance = "*orders*" OR lease_id = "orders*"',
    );
  });

  it("takes a number for a port, too", () => {
    assert.equal(search("20417"), 'port = 20417 OR service = "*20417*" OR instance = "*20417*"');
  });

  it("wants each of several words", () => {
    assert.equal(
      search("orders eu"),
      '(service = "*orders*" OR instance = "*orders*" OR lease_id = "orders*") AND (service = "*eu*" OR instance = "*eu*" OR lease_id = "eu*")',
    );
  });

  it("leaves an expression as it was typed", () => {
    for (const text of [
      'service = "orders" AND port >= 20000',
      "port>=20000",
      'labels.zone = "a"',
      "labels:zone",
      "NOT unprotected = true",
    ]) {
      assert.ok(isExpression(text), text);
      assert.equal(search(text), text);
    }
  });

  it("takes names with dashes, dots and slashes for words", () => {
    for (const text of ["search-indexer", "orders.eu", "team/orders", "ANDROID", "order s"]) {
      assert.ok(!isExpression(text), text);
    }
  });

  it("joins what was typed and what was chosen", () => {
    const filter = leaseFilter({
      search: "port > 1 OR port < 9",
      pool: "default",
      condition: "stranger",
    });
    assert.equal(filter, '(port > 1 OR port < 9) AND (pool = "default") AND (binding = STRANGER)');
  });

  it("makes nothing that the broker cannot read, whatever the word", () => {
    const words = [
      "a",
      "*",
      '"',
      "\\",
      "'",
      "%",
      "ä",
      "(",
      ")",
      "-",
      "a*b",
      '"x" y',
      "20417",
      "99999",
    ];
    for (const word of words)
      assert.doesNotThrow(() => parseFilter(search(word), leaseFields), word);
    for (const { key } of leaseConditions) {
      const filter = leaseFilter({ search: "orders", pool: "a", condition: key });
      assert.doesNotThrow(() => parseFilter(filter, leaseFields), filter);
    }
  });
});
