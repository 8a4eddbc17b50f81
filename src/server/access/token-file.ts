// Files with bearer tokens, or with a password: only their owner may read them. Reads them, checks who else can, and makes the broker's own.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { StartError } from "../start-error.js";
import type { FilePrivacy } from "./file-privacy.js";

/** 256 bits: nobody guesses them, so that attempts need not be counted. */
const adminTokenBytes = 32;
/** Shorter ones could be guessed. 128 bits are 22 characters of base64; a UUID has 36. */
export const tokenLengthMin = 32;
const tokenLengthMax = 512;
/** The one in force, the next one, and room for a mistake. */
const tokensPerFileMax = 8;
const fileBytesMax = 16_384;
const ownerOnly = 0o600;
/** Not on Windows, where no path of a file is a pipe. */
const notWaiting = process.platform === "win32" ? 0 : constants.O_NONBLOCK;

/**
 * The tokens of a file, one a line: several are valid at once, so that a new one can be handed out before the old one ends.
 * Throws StartError CANNOT_SECURE when the file cannot be read, when others than its owner can, or when a line is no token.
 */
export function readTokenFile(path: string, privacy: FilePrivacy): readonly string[] {
  const lines = readPrivately(path, privacy)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) throw unusable(path, "it is empty; write one token a line into it");
  if (lines.length > tokensPerFileMax) {
    throw unusable(path, `it has ${lines.length} tokens, at most ${tokensPerFileMax} are allowed`);
  }
  const wrong = lines.findIndex((line) => !isToken(line));
  if (wrong >= 0) {
    throw unusable(
      path,
      `its line ${wrong + 1} is no token: ${tokenLengthMin} to ${tokenLengthMax} visible ASCII characters without spaces, such ` +
        'as "openssl rand -hex 32" makes',
    );
  }
  return lines;
}

/** The password in a file, without the end of its line. Throws StartError CANNOT_SECURE, as `readTokenFile`. */
export function readPassword(path: string, privacy: FilePrivacy): string {
  const password = readPrivately(path, privacy, "password").replace(/\r?\n$/, "");
  if (password === "") throw unusable(path, "it is empty; write the password into it", "password");
  return password;
}

/** Whether the text could be a token: what a header can carry, and nobody guesses. */
export function isToken(text: string): boolean {
  return (
    text.length >= tokenLengthMin && text.length <= tokenLengthMax && /^[\x21-\x7e]+$/.test(text)
  );
}

/**
 * Makes the broker's own admin token unless the file is there. Whoever reads the path sees no file or the whole token. Nobody else
 * may make it at the same time: the lock on the data directory is held.
 */
export function makeTokenFile(path: string): void {
  if (statOf(path) !== null) return;
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    const descriptor = openSync(temporary, "wx", ownerOnly);
    try {
      writeSync(descriptor, `${randomBytes(adminTokenBytes).toString("base64url")}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw unusable(path, `it cannot be written: ${(error as Error).message}`, "token", error);
  }
}

/**
 * Checks the very file that it reads, so that nothing is won by exchanging it in between; a pipe in its place is not waited for.
 * Throws StartError CANNOT_SECURE.
 */
function readPrivately(path: string, privacy: FilePrivacy, what: SecretKind = "token"): string {
  const found = statOf(path, what);
  if (found === null)
    throw unusable(path, "there is no such file; create it, or mend the path", what);
  // Windows opens no folder.
  if (!found.isFile()) throw unusable(path, "it is no file", what);
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, constants.O_RDONLY | notWaiting);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unusable(path, "it is no file", what);
    const wrong = privacy(path, stats);
    if (wrong !== null) throw unusable(path, wrong, what);
    if (stats.size > fileBytesMax) {
      throw unusable(
        path,
        `it is larger than ${fileBytesMax} bytes, so it is some other file`,
        what,
      );
    }
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw unusable(path, `it cannot be read: ${(error as Error).message}`, what, error);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** `null`: there is no such file. Throws StartError CANNOT_SECURE for one that is out of reach. */
function statOf(path: string, what: SecretKind = "token"): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    // Where a folder should be is a file: Node 22 and later answer as for any path that leads nowhere.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return null;
    throw unusable(path, `it cannot be looked at: ${(error as Error).message}`, what, error);
  }
}

type SecretKind = "token" | "password";

function unusable(
  path: string,
  why: string,
  what: SecretKind = "token",
  cause?: unknown,
): StartError {
  return new StartError("CANNOT_SECURE", `the ${what} file ${path} cannot be used: ${why}`, cause);
}
