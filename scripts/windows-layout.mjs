// Lays out what runs on Windows: node.exe, the launcher, the compiled broker and CLI, and their production dependencies for
// win32-x64. The image (Dockerfile.windows), the tests and an archive all use this one layout:
//
//   node.exe  portlease.cmd  README.txt  LICENSE  LICENSE-node.txt  THIRD-PARTY.txt
//   app/      package.json, dist (the bundled program and the dashboards' files), proto, docs, deploy, licences, node_modules (what is
//             not in the bundle, and the workspaces as real folders)
import {
  cpSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { buildDashboard } from "./build-dashboard.mjs";
import { buildProgram } from "./bundle-program.mjs";
import { root, runNpm } from "./prepare.mjs";
import {
  copyBundledLicences,
  programParties,
  thirdParties,
  thirdPartyText,
} from "./third-party.mjs";
import { copyNodeFromFolder, fetchNodeFromRegistry } from "./windows-node.mjs";
import { describeLayout } from "./windows-manifest.mjs";

/** The only prebuilt native files that can be loaded there. */
const platform = "win32-x64";

/** %~dp0 is the folder of the script, so that it runs from anywhere; cmd wants CR LF. */
const launcher = ["@echo off", '"%~dp0node.exe" "%~dp0app\\dist\\portlease\\main.js" %*', ""].join(
  "\r\n",
);

/**
 * Fills `destination` (an empty folder, or none yet) and returns the manifest of what is in it. `node` is `{ folder }` or
 * `{ version }`. Compiles first. Throws an Error that says what to do; the folder is then incomplete.
 */
export function assembleWindows(destination, node) {
  if (existsSync(destination) && readdirSync(destination).length > 0) {
    throw new Error(`${destination} is not empty: give another folder, or empty it first`);
  }
  if (buildProgram() !== 0) throw new Error("the build failed, see above");
  if (buildDashboard() !== 0) throw new Error("the dashboard could not be built, see above");
  mkdirSync(destination, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "portlease-windows-"));
  try {
    const nodeSource =
      node.folder === undefined
        ? fetchNodeFromRegistry(node.version, destination, scratch)
        : copyNodeFromFolder(node.folder, destination);
    const app = join(destination, "app");
    const packages = installDependencies(scratch, join(app, "node_modules"));
    const manifest = copyPackage(root, app);
    writeFileSync(join(app, "package.json"), `${JSON.stringify(runtimePart(manifest), null, 2)}\n`);
    // The documentation leads there.
    cpSync(join(root, "deploy"), join(app, "deploy"), { recursive: true });
    writeFileSync(join(destination, "portlease.cmd"), launcher);
    copyFileSync(join(root, "LICENSE"), join(destination, "LICENSE"));
    const readme = readFileSync(join(root, "scripts", "windows-readme.txt"), "utf8");
    writeFileSync(join(destination, "README.txt"), readme.replaceAll("\n", "\r\n"));
    const others = [
      ...packages,
      ...programParties(app),
      ...copyBundledLicences(join(app, "licences")),
    ];
    writeFileSync(join(destination, "THIRD-PARTY.txt"), thirdPartyText(others));
    return describeLayout(destination, {
      version: manifest.version,
      node: nodeSource,
      packages: packages.length,
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** What Node and the program read at run time. */
function runtimePart({ name, version, description, license, type, engines, bin, dependencies }) {
  return { name, version, description, license, type, engines, bin, dependencies };
}

/**
 * Installs the production dependencies for Windows into `destination`, beside nothing of this checkout: its own node_modules
 * are for the platform that it was installed on. Returns the packages that are not ours.
 */
function installDependencies(scratch, destination) {
  const { workspaces } = readPackage(root);
  for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
    copyFileSync(join(root, file), join(scratch, file));
  }
  for (const workspace of workspaces) {
    mkdirSync(join(scratch, workspace), { recursive: true });
    copyFileSync(join(root, workspace, "package.json"), join(scratch, workspace, "package.json"));
  }
  // Without --ignore-scripts a package may build itself for this machine instead of bringing what was built for Windows.
  const flags = ["--omit=dev", "--os=win32", "--cpu=x64", "--ignore-scripts"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = runNpm(["ci", ...flags, ...quiet], { cwd: scratch });
  if (status !== 0) throw new Error("npm ci for win32-x64 failed, see above");

  const installed = join(scratch, "node_modules");
  const isWanted = (path) => !isForeignPrebuild(path) && !isLink(path) && !isBin(path);
  cpSync(installed, destination, { recursive: true, filter: isWanted });
  for (const workspace of workspaces) {
    const folder = join(root, workspace);
    const { name } = readPackage(folder);
    copyPackage(folder, join(destination, name));
    copyFileSync(join(folder, "package.json"), join(destination, name, "package.json"));
  }
  return thirdParties(installed);
}

function isForeignPrebuild(path) {
  return /[\\/]prebuilds[\\/][^\\/]+$/.test(path) && !path.endsWith(platform);
}

/** npm links the workspaces; they are copied instead. */
function isLink(path) {
  return lstatSync(path).isSymbolicLink();
}

/** Commands and npm's own notes: nothing reads them here. */
function isBin(path) {
  return /[\\/]node_modules[\\/](\.bin|\.package-lock\.json)$/.test(path);
}

/** Copies what `files` of a package of ours names, and returns its package.json. */
function copyPackage(folder, destination) {
  const manifest = readPackage(folder);
  const isWanted = (path) => statSync(path).isDirectory() || isShipped(path, folder);
  // What is left out of the packages of npm ("!...") is no program, and left out below.
  for (const entry of manifest.files.filter((name) => !name.startsWith("!"))) {
    const source = join(folder, entry);
    if (!existsSync(source)) throw new Error(`${source} is missing, though package.json names it`);
    mkdirSync(dirname(join(destination, entry)), { recursive: true });
    cpSync(source, join(destination, entry), { recursive: true, filter: isWanted });
  }
  return manifest;
}

/** Of what the compiler wrote only programs, and only those whose source is still there: tsc never deletes, the bundlers do. */
function isShipped(path, folder) {
  const [top, ...rest] = relative(folder, path).split(/[\\/]/);
  const isDashboard = rest[0] === "clients" && /^(?:fleet-)?dashboard$/.test(rest[1] ?? "");
  if (top !== "dist" || isDashboard) return true;
  if (folder === root && rest[0] === "portlease") return !path.endsWith(".map");
  if (!path.endsWith(".js")) return false;
  const source = join(...rest).replace(/\.js$/, ".ts");
  return existsSync(join(folder, source)) || existsSync(join(folder, "src", source));
}
