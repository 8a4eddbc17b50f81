// The program behind "npm run test:crash": so many kills, one line in the end, exit code 1 when a promise was broken.

import { crashRun } from "./crash-run.js";

const [, , kills = "", seed = ""] = process.argv;
try {
  const startedMs = performance.now();
  const tally = await crashRun({ kills: Number(kills), seed: Number(seed) });
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  process.stdout.write(`${String(tally)}, ${seconds} s, seed ${seed}\n`);
} catch (error) {
  process.stderr.write(`with seed ${seed}: `);
  throw error;
}
