// The options of every command that asks a fleet server.

import type { Command } from "commander";
import { addCallOptions, addConnectionOptions, type BrokerOptions } from "./broker-options.js";
import { whereFleetIs } from "./fleet-location.js";
import {
  addViewOptions,
  addWatchableOptions,
  type ViewOptions,
  type WatchableOptions,
} from "./view/view-options.js";

export function addFleetCallOptions(command: Command): Command {
  return addCallOptions(addConnectionOptions(command, whereFleetIs), "the fleet server");
}

/** Adds --output and --no-header too. */
export function addFleetViewOptions(command: Command): Command {
  return addViewOptions(command, addFleetCallOptions);
}

/** Adds --watch too. */
export function addFleetWatchableOptions(command: Command): Command {
  return addWatchableOptions(command, addFleetCallOptions);
}

/** The same options, for calls of a fleet server. */
export function ofFleet<Options extends BrokerOptions | ViewOptions | WatchableOptions>(
  options: Options,
): Options {
  return { ...options, server: "fleet server" };
}
