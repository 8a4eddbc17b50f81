// Where the fleet server is, for the commands that ask one. It writes no discovery file: hosts have many brokers' clients, and a fleet
// one or two such servers.

import { BrokerLocator, type BrokerLocation } from "@portlease/client";
import { usageFailure } from "./cli-failure.js";
import { isBrokerAddress } from "./value-parsers.js";

const addressVariable = "PORTLEASE_FLEET_SERVER";

/** Where a fleet server listens unless it was told otherwise. */
export const fleetAddress = "127.0.0.1:7610";

/** For the help of --address. */
export const whereFleetIs = `the fleet server (default: ${addressVariable}, else ${fleetAddress})`;

/** For people: who says that it is there. */
export const fleetOrigins: Readonly<Record<BrokerLocation["source"], string>> = {
  option: "the address is that of --address",
  environment: `the address is that of ${addressVariable}`,
  "discovery-file": "the address is what a discovery file says",
  default: `the address is the default: no option and no ${addressVariable} names another`,
};

/** The option, else the variable, else the default. Throws CliFailure for a wrong variable. */
export function fleetLocator({ address }: { readonly address?: string }): BrokerLocator {
  const location = locationOf(address);
  return new BrokerLocator(
    {},
    () => undefined,
    () => location,
  );
}

function locationOf(option: string | undefined): BrokerLocation {
  const none = { file: null, leftAside: [] };
  if (option !== undefined) return { ...none, address: option, source: "option" };
  const variable = process.env[addressVariable];
  if (variable === undefined || variable === "") {
    return { ...none, address: fleetAddress, source: "default" };
  }
  if (isBrokerAddress(variable)) return { ...none, address: variable, source: "environment" };
  throw usageFailure(
    `${addressVariable} is ${JSON.stringify(variable)}: it must be host:port, such as ${fleetAddress}`,
  );
}
