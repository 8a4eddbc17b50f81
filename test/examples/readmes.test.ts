// What all examples have in common: a README that can be read in a minute and run, and a line in the list.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { examplesFolder, readmeOf } from "./support/example-readme.js";

const readmeLinesMax = 25;

const examples = readdirSync(examplesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe("the examples", () => {
  it("are all in the list, which names no other", () => {
    const list = readFileSync(join(examplesFolder, "README.md"), "utf8");
    const listed = [...list.matchAll(/^\| \[([\w-]+)\]\(\1\)/gm)].map(([, name = ""]) => name);
    assert.deepEqual(listed.toSorted(), examples.toSorted());
  });

  it("are all run by a test", () => {
    const folder = join(examplesFolder, "..", "test", "examples");
    const tests = readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(folder, name), "utf8"));
    for (const example of examples) {
      assert.ok(
        tests.some((test) => test.includes(`"${example}"`)),
        example,
      );
    }
  });

  for (const example of examples) {
    it(`${example} has a README of at most ${readmeLinesMax} lines with commands and output`, () => {
      const { lineCount, commands, output } = readmeOf(example);
      assert.ok(lineCount <= readmeLinesMax, `${lineCount} lines`);
      assert.ok(commands.length > 0 && output.length > 0);
    });
  }
});
