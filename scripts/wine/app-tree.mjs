// Lays the product and its tests out as a Windows program would find them: the very files that were compiled here, with the
// packages that npm installs on Windows. Nothing is compiled again.
//
// The workspaces are real folders below node_modules. npm makes them links, and Wine shows a link as a folder, so that Node would
// load a module twice, once by each path. The imports map of the tree therefore leads to the packages too.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../prepare.mjs";
import { app } from "./lab-paths.mjs";
import { mirror } from "./mirror.mjs";
import { runTool } from "./run-tool.mjs";
import { makeIfOutdated } from "./up-to-date.mjs";

const workspaces = [
  { folder: "src/gen", packageName: "@portlease/proto" },
  { folder: "src/native", packageName: "@portlease/native" },
  { folder: "clients/ts", packageName: "@portlease/client" },
];

/** Folders and files that are the same in the tree as in the repository. */
const mirrored = [
  "dist",
  ".build/test",
  "test/store/fixtures",
  "proto",
  "docs",
  "scripts",
  ".mocharc.json",
  "README.md",
  "CHANGELOG.md",
];

/** A compiled program needs no declarations, and no record of the compiler's. */
const isNeeded = (path) => !/\.d\.ts(\.map)?$|\.tsbuildinfo$/.test(path);

/** Brings the tree to the state of the latest build; about a second when little has changed. */
export async function refreshAppTree() {
  const lock = join(root, "package-lock.json");
  const output = join(app, "node_modules", "koffi");
  await makeIfOutdated("packages", { files: [lock], output }, installPackages);
  for (const path of mirrored) {
    if (existsSync(join(root, path))) mirror(join(root, path), join(app, path), isNeeded);
  }
  for (const workspace of workspaces) refreshWorkspace(workspace);
  writeManifest();
}

function installPackages() {
  rmSync(app, { recursive: true, force: true });
  for (const folder of ["", ...workspaces.map((each) => each.folder)]) {
    mkdirSync(join(app, folder), { recursive: true });
    cpSync(join(root, folder, "package.json"), join(app, folder, "package.json"));
  }
  cpSync(join(root, "package-lock.json"), join(app, "package-lock.json"));
  const forWindows = ["--os=win32", "--cpu=x64", "--ignore-scripts"];
  runTool("npm", ["ci", ...forWindows, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: app,
    // npm would refuse by its own platform and Node; the settings of the run that started this script are not for here.
    env: withoutNpmSettings(process.env),
  });
  for (const { folder } of workspaces) rmSync(join(app, folder), { recursive: true });
  rmSync(join(app, "node_modules", "@portlease"), { recursive: true });
}

function withoutNpmSettings(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.toLowerCase().startsWith("npm_")),
  );
}

function refreshWorkspace({ folder, packageName }) {
  const target = join(app, "node_modules", packageName);
  mkdirSync(target, { recursive: true });
  mirror(join(root, folder, "dist"), join(target, "dist"), isNeeded);
  const descriptor = join(root, folder, "descriptor.binpb");
  if (existsSync(descriptor)) mirror(descriptor, join(target, "descriptor.binpb"), isNeeded);
  const manifest = readJson(join(root, folder, "package.json"));
  manifest.exports["./dist/*"] = "./dist/*";
  writeJson(join(target, "package.json"), manifest);
}

/** The root manifest without workspaces, and with "#native/*" and "#client/*" leading to the packages. */
function writeManifest() {
  const manifest = readJson(join(root, "package.json"));
  delete manifest.workspaces;
  for (const [name, target] of Object.entries(manifest.imports)) {
    const workspace = workspaces.find(({ folder }) => target.startsWith(`./${folder}/`));
    if (workspace === undefined) continue;
    manifest.imports[name] = target.replace(`./${workspace.folder}`, workspace.packageName);
  }
  writeJson(join(app, "package.json"), manifest);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function writeJson(path, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
}
