// Where renew and release take the holder key from. A key on the command line can be read by every user of the host, so a
// file or the environment is better.

import { readFileSync } from "node:fs";
import { Option, type Command } from "commander";
import { usageFailure } from "./cli-failure.js";

const keyVariable = "PORTLEASE_HOLDER_KEY";

/** A key is some dozens of characters; anything much longer is the wrong file. */
const keyLengthMax = 1_024;

export interface HolderKeyOptions {
  readonly holderKey?: string;
  readonly holderKeyFile?: string;
}

export function addHolderKeyOptions(command: Command): Command {
  return command
    .option(
      "--holder-key-file <path>",
      `file with the holder key, - for stdin (default: ${keyVariable})`,
    )
    .addOption(
      new Option(
        "--holder-key <key>",
        "the key itself: discouraged, others see it in ps",
      ).conflicts("holderKeyFile"),
    );
}

/** The key; throws CliFailure when there is none. No message ever contains it. */
export function holderKeyOf(options: HolderKeyOptions): string {
  if (options.holderKeyFile !== undefined) return keyFromFile(options.holderKeyFile);
  const key = options.holderKey ?? process.env[keyVariable] ?? "";
  if (key !== "") return key;
  throw usageFailure(
    `the holder key is missing; "portlease acquire" printed it: set ${keyVariable} or give --holder-key-file`,
  );
}

function keyFromFile(path: string): string {
  const name = path === "-" ? "standard input" : path;
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    throw usageFailure(`the holder key cannot be read from ${name}: ${(error as Error).message}`);
  }
  const key = text.trim();
  if (key !== "" && key.length <= keyLengthMax && !/\s/.test(key)) return key;
  throw usageFailure(`${name} does not hold a holder key alone; write only the key into it`);
}
