// Where a server keeps its data, and a broker says where it is, when nobody says otherwise.

import { posix, win32 } from "node:path";
import type { ConfigWorld } from "./config-world.js";

/** What the fleet server's folders are called. */
export const fleetProduct = "portlease-fleet";

/**
 * %ProgramData%\portlease\data on Windows (the folder above is readable by all users), /var/lib/portlease for root, else
 * $XDG_STATE_HOME/portlease. `product`: another name than "portlease".
 */
export function defaultDataDirectory(world: ConfigWorld, product = "portlease"): string {
  if (world.platform === "win32") {
    return win32.join(world.environment["ProgramData"] || "C:\\ProgramData", product, "data");
  }
  // Root keeps to one place: with sudo the variable may still be that of the calling user.
  if (world.root) return `/var/lib/${product}`;
  const state = world.environment["XDG_STATE_HOME"];
  const home =
    state !== undefined && posix.isAbsolute(state)
      ? state
      : posix.join(world.homeDirectory, ".local", "state");
  return posix.join(home, product);
}

/**
 * Where clients look for the broker of a host: %ProgramData%\portlease\broker.json, /run/portlease for root, else
 * $XDG_RUNTIME_DIR/portlease; `null` where that variable is not set, as without a login session.
 */
export function defaultDiscoveryFile(world: ConfigWorld): string | null {
  if (world.platform === "win32") {
    const programData = world.environment["ProgramData"] || "C:\\ProgramData";
    return win32.join(programData, "portlease", "broker.json");
  }
  if (world.root) return "/run/portlease/broker.json";
  const runtime = world.environment["XDG_RUNTIME_DIR"];
  if (runtime === undefined || !posix.isAbsolute(runtime)) return null;
  return posix.join(runtime, "portlease", "broker.json");
}

/** Makes a path absolute: "~/" is the home directory, anything relative lies in `baseDirectory`. */
export function absolutePath(path: string, baseDirectory: string, world: ConfigWorld): string {
  const paths = world.platform === "win32" ? win32 : posix;
  if (path === "~" || /^~[/\\]/.test(path)) return paths.join(world.homeDirectory, path.slice(1));
  return paths.resolve(baseDirectory, path);
}
