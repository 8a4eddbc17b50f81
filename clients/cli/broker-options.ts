// The options of every command that talks to a broker, and where the broker is when nobody says.

import { Option, type Command } from "commander";
import { thisWorld } from "../../src/server/config/config-world.js";
import { defaultDiscoveryFile } from "../../src/server/config/default-directories.js";
import { discoveredAddress } from "../../src/server/endpoint/discovered-address.js";
import { usageFailure } from "./cli-failure.js";
import { brokerAddress, isBrokerAddress, positiveDuration } from "./value-parsers.js";

export const defaultAddress = "127.0.0.1:7600";
const addressVariable = "PORTLEASE_ADDRESS";

/** A local broker answers in milliseconds; five seconds say that something is wrong. */
const timeoutDefaultMs = 5_000;

export interface BrokerOptions {
  readonly address?: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

export function addAddressOption(command: Command): Command {
  const flags = "--address <host:port>";
  const description = `the broker (default: ${addressVariable}, else the running one, else ${defaultAddress})`;
  return command.addOption(new Option(flags, description).argParser(brokerAddress));
}

export function addBrokerOptions(command: Command): Command {
  return addAddressOption(command)
    .addOption(
      new Option("--timeout <time>", "how long the broker may take")
        .argParser(positiveDuration)
        .default(timeoutDefaultMs, "5s"),
    )
    .option("--json", "print one JSON document");
}

/** The option, else the variable, else what the host's broker says, else the default. Throws CliFailure for a wrong variable. */
export function addressOf(options: { readonly address?: string }): string {
  if (options.address !== undefined) return options.address;
  const fromEnvironment = process.env[addressVariable];
  if (fromEnvironment === undefined || fromEnvironment === "") {
    const file = defaultDiscoveryFile(thisWorld());
    return (file === null ? null : discoveredAddress(file)) ?? defaultAddress;
  }
  if (isBrokerAddress(fromEnvironment)) return fromEnvironment;
  const shown = JSON.stringify(fromEnvironment);
  throw usageFailure(
    `${addressVariable} is ${shown}: it must be host:port, such as ${defaultAddress}`,
  );
}
