// docs/attack-surface.md: whatever it says of protection names what holds it, and that is there.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "docs", "attack-surface.md"), "utf8");

/** Rows by the heading above them, without the heads of tables. */
function rowsOf(heading: string): readonly string[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  return own
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(1);
}

/** Nothing of ours protects these. */
const unprotected = new Set(["the register hook and `run`", "configuration"]);

describe("docs/attack-surface.md", () => {
  const headings = [
    "Listeners",
    "Files",
    "Privileges and system calls",
    "Parsers of what others send",
    "Dependencies that run native code",
  ];

  for (const heading of headings) {
    it(`names what holds each row of "${heading}"`, () => {
      const rows = rowsOf(heading).filter((row) => !row.startsWith("| -"));
      assert.ok(rows.length > 1);
      for (const row of rows) {
        const name = row.split("|")[1]?.trim() ?? "";
        if (unprotected.has(name)) continue;
        assert.match(row, /\]\((?:\.\.\/)?(?:src|test|limits)[\w./-]*\)/, name);
      }
    });
  }

  it("names only files and folders that are there", () => {
    const links = [...page.matchAll(/\]\((\.\.\/[\w./-]+)\)/g)].map(([, link = ""]) => link);
    assert.ok(links.length > 30);
    for (const link of links) assert.ok(existsSync(join(repositoryRoot, "docs", link)), link);
  });

  it("has every key of the configuration that opens a listener", () => {
    for (const key of ["listen", "localSocket", "http.listen", "portserver"]) {
      assert.ok(
        rowsOf("Listeners").some((row) => row.includes(`\`${key}\``)),
        key,
      );
    }
  });
});
