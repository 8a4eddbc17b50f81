// A Unix socket or named pipe for the program behind `--proxy-to {socket}`: a name that only this user can use, or that nobody
// can guess. The program makes it; here is its place.

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageFailure } from "../../cli-failure.js";
import type { ProxyTarget } from "./proxy-options.js";

export interface PrivateSocket {
  readonly path: string;
  /** Removes what a program left that did not end in order; it could not listen there again. */
  readonly clear: () => void;
  /** Removes all of it. Idempotent. */
  readonly close: () => void;
}

export function makePrivateSocket(): PrivateSocket {
  if (process.platform === "win32") {
    // Pipes vanish with who made them.
    const nothing = (): void => undefined;
    return { path: `\\\\.\\pipe\\portlease-${randomUUID()}`, clear: nothing, close: nothing };
  }
  // For its owner alone (0700): https://nodejs.org/api/fs.html#fsmkdtempprefix-options-callback
  const directory = mkdtempSync(join(tmpdir(), "portlease-"));
  const path = join(directory, "s");
  return {
    path,
    clear: () => rmSync(path, { force: true }),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Throws CliFailure when a word for the program behind `--proxy` has `{socket}`, and it is to listen on a port. */
export function requireSocketPath(texts: readonly string[], to: ProxyTarget): void {
  const hasPath = to === "socket" || (to !== "port" && to.kind === "path");
  if (hasPath || !texts.some((text) => text.replaceAll("{{socket}}", "").includes("{socket}"))) {
    return;
  }
  throw usageFailure(
    "{socket} means no path here: the program is to listen on a port, which is {port}; use that, or add --proxy-to {socket} " +
      "for a private socket",
  );
}

/** `{socket}` in a word for the program; `{{socket}}` stands for the characters themselves. Without a path nothing is changed. */
export function fillSocketPath(text: string, path: string | undefined): string {
  if (path === undefined) return text;
  return text.replaceAll(/\{\{socket\}\}|\{socket\}/g, (word) =>
    word.startsWith("{{") ? "{socket}" : path,
  );
}
