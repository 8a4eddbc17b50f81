// Builds the dashboard into dist/clients/dashboard, when what it is made of has changed since the last time. Run alone it is a part
// of `npm run build`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { root, toolPath } from "./prepare.mjs";

const source = join(root, "clients", "dashboard");
const output = join(root, "dist", "clients", "dashboard", "index.html");
const stampPath = join(root, ".build", "dashboard.stamp");

/** Returns the exit code; 0 also when there was nothing to do. */
export function buildDashboard() {
  const wanted = fingerprint();
  if (existsSync(output) && readStamp() === wanted) return 0;
  rmSync(stampPath, { force: true });
  const config = join(source, "vite.config.mjs");
  const args = [toolPath("vite", "vite"), "build", "--config", config, "--logLevel", "warn"];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) return status ?? 1;
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, wanted);
  return 0;
}

/** Of the sources by content, and of what is built in and builds: git and copies change times, not contents. */
function fingerprint() {
  const hash = createHash("sha256");
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of [...files, join(root, "package-lock.json")]) {
    hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function readStamp() {
  return existsSync(stampPath) ? readFileSync(stampPath, "utf8") : null;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = buildDashboard();
}
