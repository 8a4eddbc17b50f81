// portlease on the command line as a Windows program of the lab.

import type { PortPool } from "./port-pool.js";
import { type WineExit, WineProcess } from "./wine-process.js";

/** Runs it to its end. */
export function runWineCli(
  pool: PortPool,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<WineExit> {
  return WineProcess.run({
    args: ["dist/portlease/main.js", ...words],
    environment: { ...pool.environment, ...environment },
    name: `wine-cli-${words[0] ?? "none"}`,
  });
}
