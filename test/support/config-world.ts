// A world for loadConfig that exists only in a test: its environment, its folders and its files.

import { ConfigError, type ConfigProblem } from "#server/config/config-error.js";
import type { ConfigWorld } from "#server/config/config-world.js";
import { loadConfig, type LoadedConfig } from "#server/config/load-config.js";

export interface TestWorld extends Partial<Omit<ConfigWorld, "readFile">> {
  /** Content by absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Every file exists and none may be read. */
  readonly unreadable?: boolean;
}

/** A Linux user "ann" in /work, without files and variables. */
export function testWorld({
  files = {},
  unreadable = false,
  ...overrides
}: TestWorld = {}): ConfigWorld {
  return {
    environment: {},
    platform: "linux",
    hostName: "Web-1",
    currentDirectory: "/work",
    homeDirectory: "/home/ann",
    root: false,
    logToTerminal: false,
    readFile: (path) => {
      if (unreadable) throw new Error("permission denied");
      const content = files[path];
      return typeof content === "string" ? new TextEncoder().encode(content) : (content ?? null);
    },
    ...overrides,
  };
}

/** Where `load` puts the text given as `file`. */
export const userFile = "/home/ann/.config/portlease/config.yaml";

export interface LoadInput extends TestWorld {
  readonly flags?: Readonly<Record<string, string>>;
  readonly configFile?: string;
  /** The content of the user's configuration file. */
  readonly file?: string;
}

export function load({ flags = {}, configFile, file, ...world }: LoadInput = {}): LoadedConfig {
  const files = { ...world.files, ...(file === undefined ? {} : { [userFile]: file }) };
  return loadConfig(
    { configFile: configFile ?? null, values: flags },
    testWorld({ ...world, files }),
  );
}

/** The problems of a configuration that must be refused. */
export function problemsOf(input: LoadInput): readonly ConfigProblem[] {
  return refusal(input).problems;
}

export function refusal(input: LoadInput): ConfigError {
  try {
    load(input);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}
