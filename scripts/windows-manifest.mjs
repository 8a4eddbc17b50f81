// Describes an assembled Windows layout: counts, bytes, and the hashes of what is executed.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Beside these every native module (.node) is hashed. */
const hashedFiles = ["node.exe", "portlease.cmd", "app/package.json", "app/dist/portlease/main.js"];

/** Returns `about` with `files`, `bytes` and `sha256` by path (forward slashes). Throws if a link is in the folder. */
export function describeLayout(folder, about) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = [];
  let bytes = 0;
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    // An archive or an image may not carry it, and what it points to is not in the folder.
    if (entry.isSymbolicLink()) throw new Error(`${path} is a link`);
    if (!entry.isFile()) continue;
    bytes += lstatSync(path).size;
    paths.push(relative(folder, path).split(sep).join("/"));
  }
  const hashed = [...hashedFiles, ...paths.filter((path) => path.endsWith(".node")).toSorted()];
  const sha256 = Object.fromEntries(hashed.map((path) => [path, hashOf(join(folder, path))]));
  return { ...about, files: paths.length, bytes, sha256 };
}

function hashOf(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
