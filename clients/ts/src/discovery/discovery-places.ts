// Where the broker of this host says where it listens. The broker's own rule is src/server/config/default-directories.ts; a test
// holds the two together, since neither may depend on the other.

import { posix, win32 } from "node:path";

/** What the places depend on. */
export interface PlacesWorld {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The effective user id; `null` on Windows. */
  readonly userId: number | null;
}

/**
 * Absolute paths, the first one that can be used counts: the file of this user's broker, then that of the host's.
 * Root looks at the host's alone: with sudo the variable may still be that of the calling user.
 * PORTLEASE_DISCOVERY_FILE, which tells a broker where to write, names the only place, or "none".
 */
export function discoveryPlaces({ platform, environment, userId }: PlacesWorld): readonly string[] {
  const paths = platform === "win32" ? win32 : posix;
  const told = environment["PORTLEASE_DISCOVERY_FILE"];
  if (told !== undefined && told !== "") return told === "none" ? [] : [paths.resolve(told)];
  if (platform === "win32") {
    const programData = environment["ProgramData"] || "C:\\ProgramData";
    return [win32.join(programData, "portlease", "broker.json")];
  }
  const ofHost = "/run/portlease/broker.json";
  const runtime = environment["XDG_RUNTIME_DIR"];
  if (userId === 0 || runtime === undefined || !posix.isAbsolute(runtime)) return [ofHost];
  return [posix.join(runtime, "portlease", "broker.json"), ofHost];
}
