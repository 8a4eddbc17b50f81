// The end of the program of `portlease run`, as an exit code.

import type { ChildProcess } from "node:child_process";
import { exitCodeSignalBase } from "../exit-codes.js";
import { signalNumber } from "./signal-number.js";

/** Resolves with what `portlease run` exits with: the child's code, or 128 + n when signal n ended it. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(code ?? exitCodeSignalBase + (signal === null ? 0 : signalNumber(signal)));
    });
  });
}
