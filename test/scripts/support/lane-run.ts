// Runs small files of tests in the lanes of `npm test`, in a folder of their own.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

export interface LaneResult {
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number };
  readonly failures: readonly string[];
  readonly problems: readonly string[];
  /** What would have been printed. */
  readonly output: string;
}

interface Needs {
  readonly source: string;
  readonly file: string;
  readonly alone: string | null;
  readonly turns: readonly string[];
  readonly limitMs: number;
}

interface RunInLanes {
  readonly runInLanes: (
    files: readonly Needs[],
    options: {
      readonly laneCount: number;
      readonly options: readonly string[];
      readonly outputDirectory: string;
      readonly lingerMsMax: number;
      readonly show: (chunk: Buffer) => void;
    },
  ) => Promise<Omit<LaneResult, "output">>;
}

/** Compiled to .build/test/scripts/support/. */
const { runInLanes } = (await import(
  new URL("../../../../scripts/test/run-in-lanes.mjs", import.meta.url).href
)) as RunInLanes;

/** Long enough for a process to end by itself. */
const lingerMsMax = 3_000;

export interface SmallFile {
  readonly name: string;
  /** JavaScript. It can use `describe`, `it`, `assert`, `fs`, and `folder`, which is the same for all files of a run. */
  readonly code: string;
  readonly alone?: boolean;
}

/** `options` are for mocha. */
export async function runSmallFiles(
  folder: string,
  files: readonly SmallFile[],
  { laneCount = 2, options = [] as readonly string[] } = {},
): Promise<LaneResult> {
  const head = `import assert from "node:assert"; import fs from "node:fs"; const folder = ${JSON.stringify(folder)};`;
  const planned = files.map(({ name, code, alone = false }) => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, `${head}\n${waits}\n${code}\n`);
    return { source: file, file, alone: alone ? "because" : null, turns: [], limitMs: 10_000 };
  });
  let output = "";
  const show = (chunk: Buffer): void => void (output += chunk.toString());
  const given = { laneCount, options, outputDirectory: folder, lingerMsMax, show };
  const result = await runInLanes(planned, given);
  return { ...result, output };
}

/** For the small files: `meet(own, other)` is over when both have called it, in whichever process. */
const waits = `
const until = async (isTrue) => { while (!isTrue()) await new Promise((done) => setTimeout(done, 10)); };
const meet = (own, other) => {
  fs.writeFileSync(folder + "/met-" + own, "");
  return until(() => fs.existsSync(folder + "/met-" + other));
};`;
