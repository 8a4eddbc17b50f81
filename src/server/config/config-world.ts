// What the configuration asks of the world: environment, platform, folders and files. Tests pass their own.

import { readFileSync, statSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { isatty } from "node:tty";

/** A configuration larger than this is some other file. */
const fileBytesMax = 1_048_576;

export interface ConfigWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** What the host calls itself. */
  readonly hostName: string;
  readonly currentDirectory: string;
  readonly homeDirectory: string;
  /** True for uid 0. */
  readonly root: boolean;
  /** True when the log goes to a terminal. */
  readonly logToTerminal: boolean;
  /** The file's bytes; `null` when there is no such file. Throws when it cannot be read, with a reason for people. */
  readonly readFile: (path: string) => Uint8Array | null;
}

export function thisWorld(): ConfigWorld {
  return {
    environment: process.env,
    platform: process.platform,
    hostName: hostname(),
    currentDirectory: process.cwd(),
    homeDirectory: homeDirectory(),
    root: process.getuid?.() === 0,
    logToTerminal: isatty(2),
    readFile: readConfigFile,
  };
}

function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    // No HOME and no passwd entry, as in a bare container.
    return userInfo().homedir;
  }
}

function readConfigFile(path: string): Uint8Array | null {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new Error("it is a folder, not a file");
    if (stats.size > fileBytesMax) throw new Error(`it is larger than ${fileBytesMax} bytes`);
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "EACCES" || code === "EPERM") {
      throw new Error("permission denied", { cause: error });
    }
    throw error;
  }
}
