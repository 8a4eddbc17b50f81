// The end of the program of `portlease run`.

import type { ChildProcess } from "node:child_process";
import { CliFailure } from "../cli-failure.js";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import { signalNumber } from "./signal-number.js";

export interface ChildEnd {
  /** What `portlease run` exits with: the child's code, or 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** The signal that ended it, else `null`. */
  readonly signal: NodeJS.Signals | null;
}

/**
 * Resolves when the child has ended. Rejects with CliFailure when it could not be started. A signal that could not be sent to it, as
 * to a program of another user, is said by `note`, also after the end. https://nodejs.org/api/child_process.html#event-error
 */
export function endOf(child: ChildProcess, note: (text: string) => void): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      if (child.pid === undefined) reject(cannotStart(error));
      else note(`process ${child.pid} could not be sent a signal: ${error.message}`);
    });
    child.once("exit", (code, signal) => {
      const exitCode = code ?? exitCodeSignalBase + (signal === null ? 0 : signalNumber(signal));
      resolve({ exitCode, signal });
    });
  });
}

/** The command was found, and the system does not start it. */
export function cannotStart(error: unknown): CliFailure {
  const why = error instanceof Error ? error.message : String(error);
  return new CliFailure(
    exitCodes.runNotExecutable,
    "COMMAND_NOT_EXECUTABLE",
    "",
    `the program cannot be started: ${why}; see whether it runs without portlease, with the same arguments`,
    error,
  );
}
