// Copies a file or a folder so that the copy is the same afterwards: what changed is written, what is gone is removed.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** `isWanted` gets each file's path. A file of the same size and time of change counts as the same. */
export function mirror(source, target, isWanted) {
  if (!statSync(source).isDirectory()) {
    mkdirSync(dirname(target), { recursive: true });
    copyIfChanged(source, target);
    return;
  }
  mkdirSync(target, { recursive: true });
  const wanted = readdirSync(source).filter((name) => isWanted(join(source, name)));
  for (const name of readdirSync(target)) {
    if (!wanted.includes(name)) rmSync(join(target, name), { recursive: true });
  }
  for (const name of wanted) mirror(join(source, name), join(target, name), isWanted);
}

function copyIfChanged(source, target) {
  const { mtime, mtimeMs, size } = statSync(source);
  if (existsSync(target)) {
    const found = statSync(target);
    // Times are kept to the microsecond only when they are set.
    if (found.size === size && Math.abs(found.mtimeMs - mtimeMs) < 1) return;
  }
  copyFileSync(source, target);
  utimesSync(target, mtime, mtime);
}
