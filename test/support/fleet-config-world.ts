// Loads the configuration of a fleet server in a world that exists only in a test.

import { type LoadedFleetConfig, loadFleetConfig } from "#fleet/config/load-fleet-config.js";
import { ConfigError } from "#server/config/config-error.js";
import { type LoadInput, testWorld } from "./config-world.js";

/** Where `loadFleet` puts the text given as `file`. */
export const userFleetFile = "/home/ann/.config/portlease/fleet.yaml";

export function loadFleet({
  flags = {},
  configFile,
  file,
  ...world
}: LoadInput = {}): LoadedFleetConfig {
  const files = { ...world.files, ...(file === undefined ? {} : { [userFleetFile]: file }) };
  return loadFleetConfig(
    { configFile: configFile ?? null, values: flags },
    testWorld({ ...world, files }),
  );
}

/** What is said of a configuration that must be refused. */
export function fleetRefusal(input: LoadInput): string {
  try {
    loadFleet(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("the configuration was not refused");
}
