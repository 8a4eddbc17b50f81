// Reads small text files of /proc. A file that is absent, hidden or gone is `null`, not an error.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Synchronous: for files that the kernel answers at once and callers that may not yield. */
export function readTextNow(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}
