// The options of every command that talks to a server, and where the broker is when nobody says.

import { Option, type Command } from "commander";
import { BrokerLocator, defaultAddress } from "@portlease/client";
import { usageFailure } from "./cli-failure.js";
import { fleetLocator } from "./fleet-location.js";
import { processOutput } from "./output.js";
import { brokerAddress, isBrokerAddress, positiveDuration } from "./value-parsers.js";

const addressVariable = "PORTLEASE_ADDRESS";

/** A local broker answers in milliseconds; five seconds say that something is wrong. */
const timeoutDefaultMs = 5_000;

/** Where the broker is, and how this process proves to it who it is. */
export interface ConnectionOptions {
  /** What should answer there. Default: the broker. */
  readonly server?: "broker" | "fleet server";
  readonly address?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface BrokerOptions extends ConnectionOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

export function addConnectionOptions(
  command: Command,
  where = `the broker (default: ${addressVariable}, else the running one, else ${defaultAddress})`,
): Command {
  return command
    .addOption(new Option("--address <host:port>", where).argParser(brokerAddress))
    .option("--token-file <path>", "send the token in it (default: PORTLEASE_TOKEN_FILE)")
    .option(
      "--ca-file <path>",
      'use TLS, and believe these authorities; "system": those of Node (default: PORTLEASE_CA_FILE)',
    )
    .option("--cert-file <path>", "the certificate to show (default: PORTLEASE_CERT_FILE)")
    .option("--key-file <path>", "the key of the certificate (default: PORTLEASE_KEY_FILE)");
}

export function addBrokerOptions(command: Command): Command {
  return addCallOptions(addConnectionOptions(command), "the broker");
}

/** Those of every call, wherever the server is. */
export function addCallOptions(command: Command, server: string): Command {
  return command
    .addOption(
      new Option("--timeout <time>", `how long ${server} may take`)
        .argParser(positiveDuration)
        .default(timeoutDefaultMs, "5s"),
    )
    .option("--json", "print one JSON document");
}

/** Where the broker is at this moment; see {@link locatorOf}. */
export function addressOf(options: ConnectionOptions): string {
  return locatorOf(options).found.address;
}

/**
 * The option, else the variable, else what the host's broker says, else the default. Says on stderr which discovery file is left aside.
 * Throws CliFailure for a wrong variable.
 */
export function locatorOf(options: ConnectionOptions): BrokerLocator {
  if (options.server === "fleet server") return fleetLocator(options);
  const { caFile, certFile } = options;
  const secured = [caFile, certFile, process.env["PORTLEASE_CA_FILE"]].some(Boolean);
  // A wrong variable is told here; a right one is found by the locator too, which then knows that it was the variable.
  givenAddress(options);
  return new BrokerLocator({ address: options.address, secured }, (what) =>
    processOutput.note(`${what}; it is left aside`),
  );
}

/** What answers there, for people. */
export function serverOf({ server = "broker" }: ConnectionOptions): "broker" | "fleet server" {
  return server;
}

/** The option, else the variable; `undefined`: nobody says where the broker is. Throws CliFailure for a wrong variable. */
export function givenAddress({ address }: ConnectionOptions): string | undefined {
  if (address !== undefined) return address;
  const variable = process.env[addressVariable];
  if (variable === undefined || variable === "") return undefined;
  if (isBrokerAddress(variable)) return variable;
  throw usageFailure(
    `${addressVariable} is ${JSON.stringify(variable)}: it must be host:port, such as ${defaultAddress}`,
  );
}
