// Where a broker listens besides TCP: a named pipe on Windows, a Unix socket elsewhere. Only processes of this host reach it.

import { join } from "node:path";

/** One broker per data directory, but one pipe name per host: the second broker does without. */
export function localSocketPath(platform: NodeJS.Platform, dataDirectory: string): string {
  return platform === "win32" ? String.raw`\\.\pipe\portlease` : join(dataDirectory, "broker.sock");
}
