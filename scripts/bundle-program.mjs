// Bundles the compiled program into dist/portlease: a start then reads a few files instead of some 800, each of which takes Node half
// a millisecond. Done again only when what it is made of has changed. Run alone it is a part of `npm run build`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, root } from "./prepare.mjs";

/** What is made, seen from the root of a checkout or of the package. */
export const programFolder = "dist/portlease";

/** The file that runs the command line. */
export const programFile = `${programFolder}/main.js`;

/** What the compiler wrote of the program and of our own packages. The packages of others are as package-lock.json says. */
const compiledFolders = [
  "dist/clients/cli",
  "dist/src",
  "src/gen/dist",
  "src/native/dist",
  "clients/ts/dist",
];
const otherInputs = [
  "package.json",
  "package-lock.json",
  "scripts/bundle-program.mjs",
  "scripts/bundle",
  "scripts/licence-files.mjs",
];

/** Compiles a TypeScript project, which must contain that of the program, and bundles it. Returns the exit code. */
export function buildProgram(project = "tsconfig.server.json") {
  return compile(project) || bundleProgram();
}

/**
 * Bundles what the compiler wrote last into dist/portlease below `directory`, a checkout. Returns the exit code; 0 also when there was
 * nothing to do.
 */
export function bundleProgram(directory = root) {
  const stampPath = join(directory, ".build", "program.stamp");
  const wanted = fingerprint(directory);
  const isBuilt = existsSync(join(directory, programFile));
  if (isBuilt && existsSync(stampPath) && readFileSync(stampPath, "utf8") === wanted) return 0;
  // Half a bundle must never pass for one.
  rmSync(stampPath, { force: true });
  const args = [join(root, "scripts", "bundle", "make-bundle.mjs"), directory, programFolder];
  const { status } = spawnSync(process.execPath, args, { cwd: directory, stdio: ["ignore", 2, 2] });
  if (status !== 0) return status ?? 1;
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, wanted);
  return 0;
}

/** By content: git and copies change times, not contents. */
function fingerprint(directory) {
  const hash = createHash("sha256");
  const files = [
    ...compiledFolders.flatMap((folder) => filesIn(join(directory, folder), /\.js$/)),
    ...otherInputs.flatMap((path) => filesIn(join(directory, path), /\.(?:mjs|json)$/)),
  ];
  for (const file of files) {
    hash
      .update(`${relative(directory, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

/** `path` itself, or what matches `pattern` below it, in a fixed order; nothing where there is nothing. */
function filesIn(path, pattern) {
  if (!existsSync(path)) return [];
  if (pattern.test(path)) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = bundleProgram();
}
