// Makes a copy of the compiled code with one bug planted, and loads the simulation of that copy. Product code is not touched.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../support/repository.js";
import type { Mutant } from "./mutants.js";
import type { SeedResult } from "./run-seed.js";

export type RunSeed = (seed: number) => Promise<SeedResult>;

const copied = [
  "dist/src/server",
  "clients/ts/dist",
  ".build/test/simulation",
  ".build/test/support",
];

/** The compiled file of the mutant with its bug in it. Throws when the code that is to be replaced is not there exactly once. */
export function mutatedCode({ name, file, find, replace }: Mutant, root = repositoryRoot): string {
  const [before = "", after, ...more] = readFileSync(compiledPath(root, file), "utf8").split(find);
  if (after === undefined || more.length > 0) {
    throw new Error(`the code of the mutant "${name}" is not in ${file} exactly once: ${find}`);
  }
  return `${before}${replace}${after}`;
}

function compiledPath(root: string, file: string): string {
  return file.startsWith("client/")
    ? join(root, "clients/ts/dist", file.slice("client/".length))
    : join(root, "dist/src/server", file);
}

export async function loadMutant(mutant: Mutant): Promise<RunSeed> {
  const folder = join(
    repositoryRoot,
    ".build",
    "mutants",
    `${process.pid}-${mutant.name.replaceAll(/\W+/g, "-")}`,
  );
  rmSync(folder, { recursive: true, force: true });
  for (const path of copied) {
    cpSync(join(repositoryRoot, path), join(folder, path), {
      recursive: true,
      filter: (source) => !/\.(map|d\.ts|tsbuildinfo)$/.test(source),
    });
  }
  mkdirSync(folder, { recursive: true });
  // The copy's own "#server" and "#client".
  cpSync(join(repositoryRoot, "package.json"), join(folder, "package.json"));
  writeFileSync(compiledPath(folder, mutant.file), mutatedCode(mutant, folder));
  try {
    const entry = pathToFileURL(join(folder, ".build/test/simulation/run-seed.js")).href;
    const loaded = (await import(entry)) as { runSeed: RunSeed };
    return loaded.runSeed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first seed, from 1, that finds the bug; `null` when none up to the mutant's bound does. */
export async function findMutant(mutant: Mutant): Promise<SeedResult | null> {
  const runSeed = await loadMutant(mutant);
  for (let seed = 1; seed <= mutant.seedsMax; seed += 1) {
    const result = await runSeed(seed);
    if (result.finding !== null) return result;
  }
  return null;
}
