// docs/design.md: what proves a promise is there.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "docs", "design.md"), "utf8");

const promises = [...page.matchAll(/^\| (\d)\. (.*?) +\|(.*)\|$/gm)].map(
  ([, number, , tests = ""]) => ({
    number: Number(number),
    paths: [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path),
  }),
);

describe("docs/design.md", () => {
  it("has eight promises, each with tests of its own", () => {
    assert.deepEqual(
      promises.map(({ number }) => number),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    for (const { number, paths } of promises) assert.ok(paths.length > 1, String(number));
  });

  it("names only files that exist", () => {
    for (const [, path = ""] of page.matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)) {
      assert.ok(existsSync(join(repositoryRoot, path)), path);
    }
  });
});
