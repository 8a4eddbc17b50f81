// The end of the program of `portlease run`.

import type { ChildProcess } from "node:child_process";
import { exitCodeSignalBase } from "../exit-codes.js";
import { signalNumber } from "./signal-number.js";

export interface ChildEnd {
  /** What `portlease run` exits with: the child's code, or 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** The signal that ended it, else `null`. */
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the child has ended. Rejects when it could not be started. */
export function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      const exitCode = code ?? exitCodeSignalBase + (signal === null ? 0 : signalNumber(signal));
      resolve({ exitCode, signal });
    });
  });
}
