// Runs the tools that check what is delivered: those that scripts/setup-ci puts below .build/tools, or the host has.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "../../support/repository.js";

const tools = join(repositoryRoot, ".build", "tools");
const folders = [join(tools, "bin"), join(tools, "python", "bin")];

export interface ToolResult {
  readonly exitCode: number;
  /** What it printed, on both streams. */
  readonly output: string;
}

/** `describe`, or a pending suite that says how to get the tools. */
export function describeWithTools(
  title: string,
  names: readonly string[],
  suite: (this: Mocha.Suite) => void,
): void {
  const missing = names.filter((name) => findTool(name) === null);
  if (missing.length === 0) {
    describe(title, suite);
    return;
  }
  describe.skip(`${title} (there is no ${missing.join(", no ")}; run scripts/setup-ci)`, suite);
}

/** Its path; `null` when it is not there. */
export function findTool(name: string): string | null {
  const places = [...folders, ...(process.env["PATH"] ?? "").split(delimiter)];
  return places.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Runs a tool in the checkout unless told another folder, to its end. */
export function runTool(
  name: string,
  args: readonly string[],
  { input = "", cwd = repositoryRoot }: { readonly input?: string; readonly cwd?: string } = {},
): ToolResult {
  const path = findTool(name);
  if (path === null) throw new Error(`there is no ${name} in ${tools}; run scripts/setup-ci`);
  // actionlint looks for shellcheck there.
  const PATH = [...folders, process.env["PATH"] ?? ""].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync(path, args, {
    cwd,
    input,
    encoding: "utf8",
    env: { ...process.env, PATH, NO_COLOR: "1" },
  });
  if (error !== undefined) throw error;
  return { exitCode: status ?? 1, output: stdout + stderr };
}
