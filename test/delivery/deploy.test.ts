// deploy/README.md: every folder beside it is there, and every link of the READMEs below deploy leads somewhere.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../support/repository.js";

const deploy = join(repositoryRoot, "deploy");

function linksOf(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
}

describe("deploy", () => {
  it("has a README that names each of its folders", () => {
    const links = linksOf(join(deploy, "README.md"));
    const folders = readdirSync(deploy, { withFileTypes: true }).filter((each) =>
      each.isDirectory(),
    );
    for (const { name } of folders) {
      assert.ok(
        links.some((link) => link.split("/")[0] === name),
        name,
      );
    }
  });

  it("has READMEs whose links lead somewhere", () => {
    const files = readdirSync(deploy, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith("README.md"))) {
      const path = join(deploy, file);
      for (const link of linksOf(path)) assert.ok(existsSync(join(dirname(path), link)), link);
    }
  });
});
