// A zip of a folder that has the same bytes whenever and wherever it is made of the same files: sorted, with one fixed time, compressed
// by fflate, which is the same program everywhere; Node's zlib compresses differently from version to version.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { zipSync } from "fflate";

/** The first moment that a zip can name. In local time, because fflate writes the time as the clock on the wall has it. */
const fixedTime = new Date(1980, 0, 1);

/** Returns the archive; everything in it lies in a folder `top`. Throws if a link is in the folder: not everybody unpacks it. */
export function zipFolder(folder, top) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link !== undefined) throw new Error(`${join(link.parentPath, link.name)} is a link`);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
  const files = paths.map((path) => [`${top}/${path}`, readFileSync(join(folder, path))]);
  return zipSync(Object.fromEntries(files), { mtime: fixedTime, level: 6 });
}
