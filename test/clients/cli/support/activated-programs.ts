// Servers in three languages that take their socket by socket activation, for the tests of `portlease run`. Each prints
// "serving pid N port N" and answers HTTP with its process id.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../../support/repository.js";

export interface ActivatedProgram {
  readonly language: string;
  readonly command: readonly string[];
  /** What `portlease run` exits with after SIGTERM, and after SIGINT. */
  readonly exitCodes: { readonly SIGTERM: number; readonly SIGINT: number };
}

const sources = join(repositoryRoot, "test", "clients", "cli", "programs");

export const nodeProgram: ActivatedProgram = {
  language: "Node",
  command: [process.execPath, join(sources, "node-server.cjs")],
  exitCodes: { SIGTERM: 5, SIGINT: 128 + 2 },
};

export const pythonProgram: ActivatedProgram = {
  language: "Python",
  command: ["python3", join(sources, "http_server.py")],
  exitCodes: { SIGTERM: 128 + 15, SIGINT: 4 },
};

export const goBinary = join(repositoryRoot, ".build", "tools", "bin", "go-activated");

export const goProgram: ActivatedProgram = {
  language: "Go",
  command: [goBinary],
  exitCodes: { SIGTERM: 6, SIGINT: 128 + 2 },
};

/** What is missing here, with what installs it; `null` when nothing is. */
export function missingTools(): string | null {
  const missing = [["python3", "--version"] as const, ["go", "version"] as const].filter(
    ([program, word]) => spawnSync(program, [word]).status !== 0,
  );
  if (missing.length === 0) return null;
  return `there is no ${missing.map(([program]) => program).join(" and no ")}; run scripts/setup-ci`;
}

/** A suite that runs these programs, or is shown as left out with what is missing here. */
export function describeWithPrograms(title: string, suite: (this: Mocha.Suite) => void): void {
  const missing = missingTools();
  if (missing === null) describe(title, suite);
  else describe.skip(`${title} (${missing})`, suite);
}

/** Builds the Go program where its source is newer. Throws with what the compiler says. */
export function buildGoProgram(): void {
  mkdirSync(join(repositoryRoot, ".build", "tools", "bin"), { recursive: true });
  execFileSync("go", ["build", "-o", goBinary, "."], {
    cwd: join(sources, "go-activated"),
    stdio: ["ignore", "ignore", "inherit"],
  });
}
