// What start, test and check have in common: installs the dependencies when they are missing or of another lock file, builds
// what is out of date, and runs tools. Plain Node, no dependency, no shell: it must work on a fresh clone, on Windows too.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const oldestNode = [20, 20, 0];

/** Ends the script with one readable line. */
export function fail(message, exitCode = 1) {
  console.error(`portlease: ${message}`);
  process.exit(exitCode);
}

export function checkNodeVersion() {
  const running = process.versions.node.split(".").map(Number);
  const difference = oldestNode
    .map((number, index) => running[index] - number)
    .find((step) => step !== 0);
  if (difference !== undefined && difference < 0) {
    fail(
      `Node ${oldestNode.join(".")} or newer is needed, this is ${process.versions.node}; see https://nodejs.org`,
    );
  }
}

/** Runs `npm ci` unless node_modules is what package-lock.json says. */
export function installIfNeeded() {
  const why = installReason();
  if (why === null) return;
  console.error(`portlease: installing dependencies (${why}) ...`);
  const result = runNpm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (result.error !== undefined || result.status !== 0) {
    fail(
      "npm ci failed (see above); check the network and the registry, then run the command again",
    );
  }
}

/**
 * Runs npm to its end and returns what spawnSync does. Its output goes to stderr unless `options` say otherwise. The arguments
 * must not need quoting in a shell.
 */
export function runNpm(args, options = {}) {
  // npm tells its own script to what it runs; without it the one on the path is used, which is npm.cmd on Windows.
  const npm = process.env["npm_execpath"];
  const byNode = npm !== undefined && /\.[cm]?js$/.test(npm) && existsSync(npm);
  const all = { cwd: root, stdio: ["ignore", 2, 2], ...options };
  return byNode
    ? spawnSync(process.execPath, [npm, ...args], all)
    : spawnSync(["npm", ...args].join(" "), { ...all, shell: true });
}

/** Why an installation is needed; `null` when it is not. */
export function installReason(directory = root) {
  const wanted = readPackages(join(directory, "package-lock.json"));
  if (wanted === null) fail("package-lock.json is missing or cannot be read; restore it from git");
  // npm notes here what it installed: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#hidden-lockfiles
  const installed = readPackages(join(directory, "node_modules", ".package-lock.json"));
  if (installed === null) return "none are installed";
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.startsWith("node_modules/")) continue;
    const found = installed[path];
    if (found === undefined) {
      // Packages for other platforms are never installed.
      if (entry.optional) continue;
      return `${path} is missing`;
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return `${path} is another version`;
    }
  }
  return null;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return null;
  }
}

/** Compiles a TypeScript project and what it refers to; what is up to date is left alone. Returns the exit code. */
export function compile(project) {
  const args = [toolPath("typescript", "tsc"), "-b", join(root, project)];
  return spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] }).status ?? 1;
}

/** The JavaScript file behind a command of an installed package, so that no shell wrapper is needed. */
export function toolPath(packageName, command) {
  const directory = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  return join(directory, typeof bin === "string" ? bin : bin[command]);
}

/** The environment as npm gives it to its scripts: with the commands of installed packages on the path. */
export function toolEnvironment() {
  // On Windows the variable may be called "Path"; two of them would be one too many.
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const commands = join(root, "node_modules", ".bin");
  return { ...process.env, [name]: `${commands}${delimiter}${process.env[name] ?? ""}` };
}

/** Runs a Node program to its end with this terminal. Resolves with the exit code; a signal counts as 1. */
export function runNode(args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: toolEnvironment(),
      stdio: "inherit",
      ...options,
    });
    child.on("error", (error) => fail(`${args[0]} could not be started: ${error.message}`));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
