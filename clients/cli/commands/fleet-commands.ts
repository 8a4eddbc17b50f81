// The subcommands of portlease fleet that ask a fleet server.

import type { Command } from "commander";
import type { Output } from "../output.js";
import { addFleetFind } from "./fleet-find.js";
import { addFleetForget } from "./fleet-forget.js";
import { addFleetHost } from "./fleet-host.js";
import { addFleetHosts } from "./fleet-hosts.js";
import { addFleetLeases } from "./fleet-leases.js";
import { addFleetProblems } from "./fleet-problems.js";
import { addFleetStatus } from "./fleet-status.js";
import { addFleetWatch } from "./fleet-watch.js";

/** `fleet`: the command that they belong to. */
export function addFleetCommands(fleet: Command, output: Output): void {
  addFleetStatus(fleet, output);
  addFleetHosts(fleet, output);
  addFleetHost(fleet, output);
  addFleetLeases(fleet, output);
  addFleetFind(fleet, output);
  addFleetProblems(fleet, output);
  addFleetWatch(fleet, output);
  addFleetForget(fleet, output);
}
