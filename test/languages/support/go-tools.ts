// The Go of this machine: finds it, and runs it in clients/go.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { recordOutput } from "../../support/test-output.js";
import { repositoryRoot } from "../../support/repository.js";

export const goClient = join(repositoryRoot, "clients", "go");

/** Which of them this machine lacks; all of them come from scripts/setup-ci. */
function missingTools(): readonly string[] {
  const plugin = join(repositoryRoot, ".build", "tools", "bin", "protoc-gen-go-grpc");
  const programs = ["go", "gcc"].filter((name) => spawnSync(name, ["version"]).error !== undefined);
  return existsSync(plugin) ? programs : [...programs, "protoc-gen-go-grpc"];
}

/** `describe`, or a pending suite that says how to get the tools. Under Linux only: there the broker holds ports. */
export function describeWithGo(title: string, suite: (this: Mocha.Suite) => void): void {
  const missing = missingTools();
  if (process.platform === "linux" && missing.length === 0) {
    describe(title, suite);
    return;
  }
  const why = missing.length === 0 ? "needs Linux" : `there is no ${missing.join(", no ")}`;
  describe.skip(`${title} (${why}; run scripts/setup-ci)`, suite);
}

export interface GoResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of Go to its end, in clients/go unless told. `environment` is added to this process's own. */
export function runGo(
  command: "go" | "gofmt",
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  folder: string = goClient,
): Promise<GoResult> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  recordOutput(child, "go");
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
