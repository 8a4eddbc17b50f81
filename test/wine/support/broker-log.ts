// What a broker of the lab has logged until now, line by line.

import type { WineBroker } from "./wine-broker.js";

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Lines that are no log, such as those of Wine, are left out. */
export function logLines({ process }: Pick<WineBroker, "process">): readonly LogLine[] {
  return linesOf(process.stderr);
}

export function linesOf(stderr: string): readonly LogLine[] {
  return stderr
    .split(/\r?\n/)
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}
