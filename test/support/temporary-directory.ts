// Directories for one test each, removed after it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Call it within `describe`; the result makes an empty directory per call, within a test or a hook. */
export function temporaryDirectories(): () => string {
  const made: string[] = [];
  after(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
  });
  return () => {
    const path = mkdtempSync(join(tmpdir(), "portlease-test-"));
    made.push(path);
    return path;
  };
}
