// docs/semantics.md against the tests: each item that is built names files with a test that carries its number.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "docs", "semantics.md"), "utf8");

interface Item {
  readonly number: number;
  readonly decision: string;
  readonly paths: readonly string[];
}

const items = [...page.matchAll(/^\| (\d+) +\| (.*?) +\|(.*)\|$/gm)].map(
  ([, number, decision = "", tests = ""]): Item => ({
    number: Number(number),
    decision,
    paths: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path),
  }),
);

/** The only ones that may have no test yet: they come with the part of the product that they concern. */
const toCome: ReadonlySet<number> = new Set([31]);

function source(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

describe("docs/semantics.md", () => {
  it("has every item once, in order, with a decision", () => {
    assert.deepEqual(
      items.map(({ number }) => number),
      Array.from({ length: 31 }, (_, index) => index + 1),
    );
    for (const { number, decision } of items) assert.ok(decision.length > 20, String(number));
  });

  it("names files that exist, for each item that is built", () => {
    for (const { number, paths } of items) {
      assert.equal(paths.length === 0, toCome.has(number), String(number));
      for (const path of paths) assert.ok(existsSync(join(repositoryRoot, path)), path);
    }
  });

  it("names only files in which a title has the item's number", () => {
    for (const { number, paths } of items) {
      const title = new RegExp(`["'\`].*\\(semantics ${number}\\b.*["'\`]`);
      for (const path of paths) assert.match(source(path), title, path);
    }
  });

  it("is referred to by numbers that it has", () => {
    for (const { paths } of items) {
      for (const path of paths) {
        for (const [reference, number] of source(path).matchAll(/semantics(?:\.md)? (\d+)/g)) {
          assert.ok(
            items.some((item) => item.number === Number(number)),
            `${path}: ${reference}`,
          );
        }
      }
    }
  });
});
