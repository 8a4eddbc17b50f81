// Keeps what the programs of a test print, and the secrets that a test came to know. After the run scripts/test.mjs searches
// everything that was kept for every secret that was noted.

import type { ChildProcess } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Compiled to .build/test/support/. */
const defaultDirectory = fileURLToPath(new URL("../../test-output/", import.meta.url));

/** Shorter ones would be found by chance. */
const secretLengthMin = 8;

function append(name: string, data: string | Uint8Array): void {
  const directory = process.env["PORTLEASE_TEST_OUTPUT"] ?? defaultDirectory;
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, name), data);
}

/** From now on nothing that is kept may contain this value: a holder key, a reservation token. */
export function noteSecret(value: string): void {
  if (value.length < secretLengthMin || value.includes("\n")) {
    throw new Error("a secret of a test must be one line of 8 characters or more");
  }
  append("secrets.txt", `${value}\n`);
}

/**
 * Keeps what a program prints, in the file `<name>.log`. Call it right after the start, before anything is read.
 * "stderr" is for programs whose answer on stdout is meant to contain the secret, such as `portlease acquire`.
 */
export function recordOutput(
  child: ChildProcess,
  name: string,
  streams: "both" | "stderr" = "both",
): void {
  for (const stream of streams === "both" ? [child.stdout, child.stderr] : [child.stderr]) {
    stream?.on("data", (chunk: Uint8Array | string) => append(`${name}.log`, chunk));
  }
}

/** Keeps text that did not come from a program of its own, such as the log of a broker inside the test. */
export function recordText(text: string, name: string): void {
  append(`${name}.log`, text);
}
