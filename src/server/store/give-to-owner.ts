// What root writes into the data directory of a service must be readable by the service's user afterwards.

import { chownSync, statSync } from "node:fs";
import type { DataDirectory } from "./data-directory.js";

/** Makes the directory's owner the owner of a file in it. A no-op for other users than root, and on Windows. */
export function giveToOwner({ path: directory }: DataDirectory, path: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(directory);
  chownSync(path, uid, gid);
}
