// In which order files of tests are handed to the lanes of `npm test`, and which never run beside each other.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectories } from "../support/temporary-directory.js";

interface Needs {
  readonly source: string;
  readonly alone: string | null;
  readonly turns: readonly string[];
  readonly limitMs: number;
}

interface Plan {
  next(): Promise<Needs | null>;
  ended(needs: Needs): void;
  stop(): void;
}

interface PlanModule {
  readonly Plan: new (files: readonly Needs[]) => Plan;
  readonly inBestOrder: (files: readonly Needs[]) => readonly Needs[];
  readonly readNeeds: (source: string) => Needs;
}

/** Compiled to .build/test/scripts/. */
const { Plan, inBestOrder, readNeeds } = (await import(
  new URL("../../../scripts/test/plan.mjs", import.meta.url).href
)) as PlanModule;

const needs = (source: string, turns: readonly string[] = [], limitMs = 10_000): Needs => ({
  source,
  alone: null,
  turns,
  limitMs,
});

describe("the plan of npm test", () => {
  const makeDirectory = temporaryDirectories();

  function read(text: string): Needs {
    const source = join(makeDirectory(), "some.test.ts");
    writeFileSync(source, text);
    return readNeeds(source);
  }

  it("reads from a file's comments what it does not bear, and its longest time limit", () => {
    const text = "// What it is.\n// Runs alone: it measures.\n// Takes turns: a folder\n";
    const { alone, turns, limitMs } = read(`${text}it().timeout(30_000); it().timeout(1_000);`);
    assert.deepEqual([alone, turns, limitMs], ["it measures.", ["a folder"], 30_000]);
    const plain = read("// What it is. It Runs alone: not.\n");
    assert.deepEqual([plain.alone, plain.turns, plain.limitMs], [null, [], 10_000]);
  });

  it("knows by its imports that a file needs the one Windows machine", () => {
    assert.deepEqual(read('import "../support/x.js";').turns, []);
    assert.deepEqual(read('import { x } from "../support/wine-lab.js";').turns, ["the Wine lab"]);
  });

  it("begins with what takes turns, then with what may take longest", () => {
    const files = [
      needs("a"),
      needs("b", [], 60_000),
      needs("c", ["x"]),
      needs("d", ["x"], 20_000),
    ];
    assert.deepEqual(
      inBestOrder(files).map(({ source }) => source),
      ["d", "c", "b", "a"],
    );
  });

  it("passes over a file whose turn it is not, and waits when there is no other", async () => {
    const files = [needs("first", ["x"]), needs("second", ["x", "y"]), needs("other")];
    const plan = new Plan(files);
    assert.equal((await plan.next())?.source, "first");
    assert.equal((await plan.next())?.source, "other");
    let given: Needs | null = null;
    const waiting = plan.next().then((found) => (given = found));
    plan.ended(needs("other"));
    await new Promise((done) => setImmediate(done));
    assert.equal(given, null);
    plan.ended(needs("first", ["x"]));
    assert.equal((await waiting)?.source, "second");
    assert.equal(await plan.next(), null);
  });

  it("hands out nothing more once it is stopped, to who waits either", async () => {
    const plan = new Plan([needs("first", ["x"]), needs("second", ["x"])]);
    await plan.next();
    const waiting = plan.next();
    plan.stop();
    assert.equal(await waiting, null);
    assert.equal(await plan.next(), null);
  });
});
