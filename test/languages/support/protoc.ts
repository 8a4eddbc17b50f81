// The protoc that Maven brings for clients/java, laid out as where it is installed: with its own proto files in ../include.

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.js";

/** `null` where scripts/setup-ci did not run. */
function findArtifact(name: string, ending: string): string | null {
  const folder = join(repositoryRoot, ".build/tools/maven/com/google/protobuf", name);
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const found = files.find((file) => file.endsWith(ending));
  return found === undefined ? null : join(folder, found);
}

const protoc = findArtifact("protoc", "-linux-x86_64.exe");
const protobufJar = findArtifact("protobuf-java", ".jar");

export const hasProtoc = protoc !== null && protobufJar !== null;

/** Returns the program's path, below an empty folder. */
export function installProtoc(folder: string): string {
  if (protoc === null || protobufJar === null) throw new Error("there is no protoc");
  const program = join(folder, "bin", "protoc");
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "include"));
  copyFileSync(protoc, program);
  // Maven does not keep the mode of what it downloads.
  chmodSync(program, 0o755);
  execFileSync("jar", ["xf", protobufJar, "google/protobuf"], { cwd: join(folder, "include") });
  return program;
}

/** Runs a command line of protoc in the checkout, OUT being an empty folder. Returns the texts of what it made. */
export function generate(program: string, command: string, out: string): readonly string[] {
  const [, ...args] = command.replace("OUT", out).split(" ");
  const { status, stderr } = spawnSync(program, args, { cwd: repositoryRoot, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.\w+$/.test(name))
    .map((name) => readFileSync(join(out, name), "utf8"));
}
