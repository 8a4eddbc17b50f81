// Directories for one test each, removed after it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Call it within `describe`; the result makes an empty directory per call, within a test or a hook. */
export function temporaryDirectories(): () => string {
  const made: string[] = [];
  after(() => {
    for (const path of made.splice(0)) remove(path);
  });
  return () => {
    const path = mkdtempSync(join(tmpdir(), "portlease-test-"));
    made.push(path);
    return path;
  };
}

/** Windows does not remove an open file, and SQLite keeps one open after `close` until its statements are collected. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (process.platform !== "win32") throw error;
  }
}
