// What `portlease run` asks of the platform: finding the program, starting it, how sockets go to it, and which signals are its
// business. One file per platform implements it; everything else is the same everywhere.

import type { ChildProcess } from "node:child_process";
import type { SignalPlan } from "./forward-signals.js";
import type { HandoverWay } from "./handover.js";

export interface ChildLauncher {
  readonly signals: SignalPlan;
  /** How listening sockets go to programs here. */
  readonly socketWay: HandoverWay;
  /** Whether programs here usually bind by themselves where they can, and ask for no sockets. */
  readonly prefersNumbers: boolean;
  /** The file to start. Throws CliFailure with exit code 127 (not found) or 126 (cannot be started). */
  find(name: string): string;
  /** What the program is called among services. */
  nameOf(file: string): string;
  /** The child shares stdin, stdout and stderr with this process. `descriptors` become its 3, 4 and so on, where it can have any. */
  start(
    file: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    descriptors: readonly number[],
  ): ChildProcess;
}
