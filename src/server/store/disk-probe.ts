// "Does a durable write work again?", asked of the disk alone: a file of its own, so that no open database is touched.

import { open, rm } from "node:fs/promises";
import type { DataDirectory } from "./data-directory.js";

/** Enough to need new space on a full disk, where a smaller write may fit in the rest of a page. */
const probeBytes = 65_536;

/** Rejects with the error of the file system. Leaves nothing behind. */
export async function probeDisk(directory: DataDirectory): Promise<void> {
  try {
    await using file = await open(directory.probePath, "w", 0o600);
    await file.writeFile(Buffer.alloc(probeBytes));
    await file.sync();
  } finally {
    await rm(directory.probePath, { force: true });
  }
}
