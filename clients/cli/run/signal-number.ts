// Numbers of signals, for exit codes.

import { constants } from "node:os";

/** 0 for a name that this platform does not know. */
export function signalNumber(signal: NodeJS.Signals): number {
  return constants.signals[signal] ?? 0;
}
