// Builds the dashboards of a host and of the fleet into dist/clients/dashboard and dist/clients/fleet-dashboard, when what they are
// made of has changed since the last time. Run alone it is a part of `npm run build`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { root, toolPath } from "./prepare.mjs";

const source = join(root, "clients", "dashboard");
/** The mode of the build, the page that it makes, and where. Each is served as the start page. */
const dashboards = [
  { mode: "host", page: "index.html", output: join(root, "dist", "clients", "dashboard") },
  { mode: "fleet", page: "fleet.html", output: join(root, "dist", "clients", "fleet-dashboard") },
];
const stampPath = join(root, ".build", "dashboard.stamp");

/** Returns the exit code; 0 also when there was nothing to do. */
export function buildDashboard() {
  const wanted = fingerprint();
  if (dashboards.every(isBuilt) && readStamp() === wanted) return 0;
  rmSync(stampPath, { force: true });
  for (const dashboard of dashboards) {
    const code = build(dashboard);
    if (code !== 0) return code;
  }
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, wanted);
  return 0;
}

function isBuilt({ output }) {
  return existsSync(join(output, "index.html"));
}

function build({ mode, page, output }) {
  const config = join(source, "vite.config.mjs");
  const options = ["--config", config, "--mode", mode, "--logLevel", "warn"];
  const args = [toolPath("vite", "vite"), "build", ...options];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) return status ?? 1;
  if (page !== "index.html") renameSync(join(output, page), join(output, "index.html"));
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
