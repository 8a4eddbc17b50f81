// Steps of the set-up that are done again only when something that they are made from has changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lab } from "./lab-paths.mjs";

/** Runs `make` unless it has succeeded before with the same inputs (files by content, other words as they are) and its output is there. */
export async function makeIfOutdated(name, { files = [], words = [], output }, make) {
  const stamp = join(lab, "stamps", name);
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  for (const word of words) hash.update(`${word}\0`);
  const wanted = hash.digest("hex");
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const startMs = performance.now();
  process.stderr.write(`wine lab: ${name} ... `);
  await make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
  process.stderr.write(`${((performance.now() - startMs) / 1_000).toFixed(1)} s\n`);
}
