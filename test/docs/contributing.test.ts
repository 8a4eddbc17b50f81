// CONTRIBUTING.md: a reason for each dependency, and folders and files that exist.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "CONTRIBUTING.md"), "utf8");

function section(heading: string): string {
  return page.split(`# ${heading}\n`)[1]?.split(/^#/m)[0] ?? "";
}

/** What stands in code marks in the first cells of the tables. */
function firstCells(text: string): readonly string[] {
  return [...text.matchAll(/^\| ([^|]*`[^|]*)\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
}

describe("CONTRIBUTING.md", () => {
  it("has a reason for each dependency, and for no other", () => {
    const used = ["", "src/gen", "src/native", "clients/ts"]
      .map((folder) => join(repositoryRoot, folder, "package.json"))
      .map((file) => JSON.parse(readFileSync(file, "utf8")) as Manifest)
      .flatMap(({ dependencies = {}, devDependencies = {} }) =>
        Object.keys({ ...dependencies, ...devDependencies }),
      )
      .filter((name) => !name.startsWith("@portlease/"))
      .map((name) => name.replace(/^@types\/.*/, "@types/*"));
    const given = firstCells(section("Dependencies, and why each is here"));
    assert.deepEqual(given.toSorted(), [...new Set(used)].toSorted());
  });

  it("names folders and files that exist", () => {
    for (const heading of ["Where things are", "The tests"]) {
      for (const path of firstCells(section(heading))) {
        assert.ok(existsSync(join(repositoryRoot, path)), path);
      }
    }
    const core = join(repositoryRoot, "src", "server", "domain");
    const files = firstCells(section("The lease core"));
    assert.ok(files.length > 20);
    for (const file of files) assert.ok(existsSync(join(core, file)), file);
  });
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
