// The previous version of portlease, built from this checkout's own history into .build/upgrade: what an upgrade begins with. It
// shares the installed packages where its lock file has the same versions, and has its own @portlease/* in any case.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { repositoryRoot } from "../../support/repository.js";

/**
 * The last commit before what this version adds; it writes records of version 3. Until something is released there is no tag to
 * name: from then on this is the tag of the last release.
 */
export const previousVersion = "52803e3ba5f9934d40f1df97cf0f4186c317684a";

interface LockedPackage {
  readonly version?: string;
  /** Of a workspace: the folder that it links to. */
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** What compiles it; everything else for developers is not needed. */
const compilers = new Set(["node_modules/typescript", "node_modules/@types/node"]);

/**
 * Builds it where that was not done yet, in some ten seconds, and returns its folder. Throws an Error that says what to do when
 * the history of this checkout does not have it, or it does not compile.
 */
export function buildPreviousVersion(): string {
  const folder = join(repositoryRoot, ".build", "upgrade", previousVersion.slice(0, 12));
  const complete = join(folder, ".complete");
  if (existsSync(complete)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  unpack(folder);
  const lock = readPackages(join(folder, "package-lock.json"));
  if (isInstalledHere(lock)) linkPackages(folder, lock);
  else run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  const compiler = join(folder, "node_modules", "typescript", "bin", "tsc");
  run(process.execPath, [compiler, "-b", "tsconfig.server.json"], folder);
  writeFileSync(complete, "");
  return folder;
}

function isKnown(): boolean {
  const commit = `${previousVersion}^{commit}`;
  return spawnSync("git", ["cat-file", "-e", commit], { cwd: repositoryRoot }).status === 0;
}

function unpack(folder: string): void {
  // A shallow clone learns the rest of its history from where it came from.
  if (!isKnown()) spawnSync("git", ["fetch", "--quiet", "--unshallow"], { cwd: repositoryRoot });
  if (!isKnown()) {
    throw new Error(
      `the history of this checkout does not have ${previousVersion}, from which the upgrade begins: ` +
        "run git fetch --unshallow (in a workflow: fetch-depth: 0 of actions/checkout)",
    );
  }
  const archive = join(folder, "archive.tar");
  run("git", ["archive", "--output", archive, previousVersion], repositoryRoot);
  run("tar", ["-xf", "archive.tar"], folder);
  rmSync(archive);
}

/** Whether everything that it needs at run time, and what compiles it, is installed here in the same version. */
function isInstalledHere(lock: Readonly<Record<string, LockedPackage>>): boolean {
  const installed = readPackages(join(repositoryRoot, "node_modules", ".package-lock.json"));
  return Object.entries(lock)
    .filter(([path, { dev, optional, link }]) => {
      const needed = dev !== true || compilers.has(path);
      return path.startsWith("node_modules/") && needed && optional !== true && link !== true;
    })
    .every(([path, { version }]) => installed[path]?.version === version);
}

/** Links each package, and the workspaces to those of `folder`: from there every import of ours finds the old code. */
function linkPackages(folder: string, lock: Readonly<Record<string, LockedPackage>>): void {
  const here = join(repositoryRoot, "node_modules");
  const there = join(folder, "node_modules");
  mkdirSync(there);
  for (const name of readdirSync(here)) {
    if (name.startsWith(".") || name === "@portlease") continue;
    linkFolder(join(here, name), join(there, name));
  }
  for (const [path, { link, resolved }] of Object.entries(lock)) {
    if (link !== true || resolved === undefined) continue;
    linkFolder(join(folder, resolved), join(folder, path));
  }
}

function linkFolder(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path, "dir");
}

function readPackages(path: string): Readonly<Record<string, LockedPackage>> {
  const { packages } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return packages;
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stdout + stderr}`);
}
