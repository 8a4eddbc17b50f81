// Builds the Java sample as its README says, and runs it as a process: Maven without the network, on what scripts/setup-ci has
// put below .build/tools.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cliEnvironment, type CliProcess } from "../../support/cli.js";
import { repositoryRoot } from "../../support/repository.js";
import { recordOutput } from "../../support/test-output.js";

const repository = join(repositoryRoot, ".build", "tools", "maven");
const buildDirectory = join(repositoryRoot, ".build", "java");

/** What is missing to build it, for people; "" when nothing is. */
export function missingForJava(): string {
  const programs = ["javac", "mvn", "strace"].filter(
    (program) => spawnSync(program, ["--version"]).error !== undefined,
  );
  const missing = existsSync(repository) ? programs : [...programs, ".build/tools/maven"];
  return missing.join(", no ");
}

/** Generates the stubs, compiles, tests and packs. Throws with Maven's output when any of it fails. */
export function buildJavaSample(): void {
  const args = [
    "--offline",
    "--batch-mode",
    "--quiet",
    `-Dmaven.repo.local=${repository}`,
    `-Dportlease.build.directory=${buildDirectory}`,
    "--file",
    join(repositoryRoot, "clients", "java", "pom.xml"),
    "package",
  ];
  // What an earlier build left must not stand in for what this one should make.
  rmSync(buildDirectory, { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync("mvn", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mvn package failed:\n${stdout}${stderr}`);
}

/** Starts it with nothing in its environment but what is given. `wrapper`: a command that goes before it, such as strace. */
export function startJavaSample(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  wrapper: readonly string[] = [],
): CliProcess {
  const program = join(buildDirectory, "portlease-java-sample.jar");
  // It starts sooner without the second compiler.
  const limits = ["-Xmx64m", "-XX:TieredStopAtLevel=1"];
  const [command = "", ...words] = [...wrapper, "java", ...limits, "-jar", program, ...args];
  const child = spawn(command, words, {
    env: cliEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  recordOutput(child, "java-sample");
  return child;
}
