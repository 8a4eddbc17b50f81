// Which data directory the "store" commands work on: the one named, else the one of the broker's configuration.

import type { Command } from "commander";
import { usageFailure } from "../cli-failure.js";

export interface StoreOptions {
  readonly dataDir?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** The options that all of them have. */
export function withStoreOptions(command: Command): Command {
  return command
    .option("--data-dir <path>", "the broker's data directory (default: that of the configuration)")
    .option("--config <path>", "configuration file that names the data directory")
    .option("--json", "print one JSON document");
}

export async function storeDirectory({ dataDir, config }: StoreOptions): Promise<string> {
  // An unset variable of a script must not mean the folder that it happens to be in.
  if (dataDir === "") throw usageFailure("--data-dir is empty; name the broker's data directory");
  if (dataDir !== undefined) return dataDir;
  const [{ loadConfig }, { thisWorld }] = await Promise.all([
    import("../../../src/server/config/load-config.js"),
    import("../../../src/server/config/config-world.js"),
  ]);
  const flags = { configFile: config ?? null, values: {} };
  return loadConfig(flags, thisWorld()).config.dataDirectory;
}
