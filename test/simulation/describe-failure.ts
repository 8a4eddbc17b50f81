// A failed seed as people read it: what broke, in which world, what happened last, and how to run it again.

import type { SeedResult } from "./run-seed.js";

export function describeFailure({ seed, finding, lastLines, scenario, hash }: SeedResult): string {
  const { kind, isolation, size, quarantineMs } = scenario.pool;
  return [
    "",
    `seed ${seed} broke promise ${finding?.invariant}`,
    `  ${finding?.message}`,
    `  at ${finding?.atMs.toFixed(1)} ms; ${size} ports, ${kind}, ${isolation}, quarantine ${quarantineMs} ms; ` +
      `faults: ${[...scenario.faults].join(", ") || "none"}; trace ${hash}`,
    ...lastLines.map((line) => `    ${line}`),
    `  again: npm run simulate -- --seed ${seed} --trace`,
    "",
  ].join("\n");
}
