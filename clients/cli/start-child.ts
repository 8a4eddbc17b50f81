// Starts the program of `portlease run` with listening sockets as its descriptors 3 and up, as systemd does.

import { spawn, type ChildProcess } from "node:child_process";
import { exitCodeSignalBase } from "./exit-codes.js";
import { signalNumber } from "./signal-number.js";

/**
 * LISTEN_PID must be the child's own process id, which is known only once it exists. So the shell notes its own id and then
 * becomes the program. A shell such as dash drops variables whose names it could not have set itself ("MY-VAR").
 */
const becomeProgram = 'export LISTEN_PID=$$; exec "$@"';

/** `file` as findCommand gave it. The child shares stdin, stdout and stderr with this process. */
export function startChild(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  descriptors: readonly number[],
): ChildProcess {
  return spawn("/bin/sh", ["-c", becomeProgram, "sh", file, ...args], {
    env: environment,
    stdio: ["inherit", "inherit", "inherit", ...descriptors],
  });
}

/** Resolves with what `portlease run` exits with: the child's code, or 128 + n when signal n ended it. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(code ?? exitCodeSignalBase + (signal === null ? 0 : signalNumber(signal)));
    });
  });
}
