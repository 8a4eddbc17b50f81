// A bearer token in a file, followed when the file changes: a broker's tokens are replaced while its clients run.

import { readFileSync, statSync } from "node:fs";
import { clientError, type PortleaseError } from "./errors.js";

const fileBytesMax = 16_384;

export class FileToken {
  readonly #path: string;
  #token: string;
  #mark: string;

  /** Throws OPTION_INVALID when the file cannot be read or has no token. */
  constructor(path: string) {
    this.#path = path;
    this.#mark = markOf(path);
    this.#token = readToken(path);
  }

  /** The token of now. A file that cannot be read any more leaves the last one: the broker knows whether it is still good. */
  current(): string {
    const mark = markOf(this.#path);
    if (mark === this.#mark) return this.#token;
    try {
      this.#token = readToken(this.#path);
      this.#mark = mark;
    } catch {
      // It may be half written: the next call looks again.
    }
    return this.#token;
  }
}

/** What a header cannot carry; `null` when nothing is wrong. Never shows the token. */
export function tokenProblem(token: string): string | null {
  if (token === "") return "is empty; give a token";
  return /^[\x21-\x7e]+$/.test(token) ? null : "has other characters than visible ASCII ones";
}

function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw unusable(path, `cannot be read: ${(error as Error).message}`, error);
  }
  if (text.length > fileBytesMax) throw unusable(path, "is too large for a token");
  const first = text.split("\n", 1)[0]?.trim() ?? "";
  const problem = tokenProblem(first);
  if (problem !== null) throw unusable(path, `${problem} in its first line`);
  return first;
}

function markOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs}/${size}/${ino}`;
  } catch {
    return "";
  }
}

function unusable(path: string, what: string, cause?: unknown): PortleaseError {
  const message = `the token file ${path} ${what}. Give the path of a file that has the token in its first line.`;
  return clientError("INVALID_ARGUMENT", "OPTION_INVALID", message, { path }, cause);
}
