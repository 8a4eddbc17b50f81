// docs/windows.md and the documents of deploy/: every file that they name is there, and every fact has a source.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const documents = [
  "docs/windows.md",
  "deploy/kubernetes/README.md",
  "deploy/windows-service/README.md",
] as const;

function read(document: string): string {
  return readFileSync(join(repositoryRoot, document), "utf8");
}

/** The rows of the tables of facts. */
function facts(): readonly (readonly string[])[] {
  const [, text = ""] = read("docs/windows.md").split("\n## The facts\n");
  return text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (?:Fact |---)/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("docs/windows.md", () => {
  for (const document of documents) {
    it(`names only files that exist, in ${document}`, () => {
      for (const [, path = ""] of read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        assert.ok(existsSync(join(repositoryRoot, dirname(document), path)), path);
      }
      for (const [, path = ""] of read(document).matchAll(
        /`((?:src|test|scripts|clients|deploy|docs|\.github)\/[\w./-]+)`/g,
      )) {
        assert.ok(existsSync(join(repositoryRoot, path)), path);
      }
    });
  }

  it("gives each fact a certainty, its user, its test, and where it was seen", () => {
    assert.ok(facts().length > 30);
    for (const fact of facts()) {
      const [title = "", source = "", user = "", test = "", seen = "", doctor = ""] = fact;
      assert.equal(fact.length, 6, title);
      assert.match(source, /^(?:documented|source|field|inferred|open|runtime: field|—)/, title);
      assert.ok(user !== "" && test !== "", title);
      // No word of real Windows, as long as none has spoken.
      assert.match(seen, /^(?:no|Wine|Linux|Linux, Wine)$/, title);
      assert.match(doctor, /^(?:—|`[a-z.-]+`(?:, `[a-z.-]+`)*)$/, title);
    }
  });

  it("names only checks that doctor has", () => {
    const folder = join(repositoryRoot, "src", "native", "doctor", "windows");
    const source = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
    for (const [title = "", , , , , doctor = ""] of facts()) {
      for (const [, id = ""] of doctor.matchAll(/`([^`]+)`/g)) {
        assert.ok(source.includes(`id: "${id}"`), `${title}: ${id}`);
      }
    }
  });

  it("has an address for whatever it calls documented or read in source", () => {
    for (const [title = "", source = ""] of facts()) {
      if (!/^(?:documented|source|field)/.test(source)) continue;
      assert.match(source, /https:\/\/|the same (?:page|file)|several languages/, title);
    }
  });
});
