// Where a broker listens besides TCP: a named pipe on Windows, a Unix socket elsewhere. Only processes of this host reach it.

import { join } from "node:path";

/**
 * A pipe made without further rights serves the broker's user, administrators and SYSTEM; the others of a host use its TCP port.
 * It is not opened wider, because pipes can be reached from other hosts:
 * https://learn.microsoft.com/en-us/windows/win32/ipc/named-pipe-security-and-access-rights
 * One broker per data directory, but one pipe name per host: the second broker does without. */
export function localSocketPath(platform: NodeJS.Platform, dataDirectory: string): string {
  return platform === "win32" ? String.raw`\\.\pipe\portlease` : join(dataDirectory, "broker.sock");
}
