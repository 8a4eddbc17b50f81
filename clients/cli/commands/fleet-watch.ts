// portlease fleet watch: prints the hosts of the fleet and then every change of them, a line each, until it is interrupted. Connects
// again by itself, and begins anew then.

import type { Command } from "commander";
import type { WatchFleetResponse } from "@portlease/proto/portlease/v1/fleet_service.js";
import { printable } from "../../../src/server/printable.js";
import { withHelp } from "../command-help.js";
import { fleetJson, fleetLeaseJson, fleetProblemJson, hostJson } from "../fleet-json.js";
import { addFleetCallOptions } from "../fleet-options.js";
import { fleetLines } from "../fleet-lines.js";
import { followFleet, type FollowFleetOptions } from "../follow-fleet.js";
import type { Output } from "../output.js";
import { positiveDuration } from "../value-parsers.js";

export function addFleetWatch(fleet: Command, output: Output): void {
  const command = fleet
    .command("watch")
    .description("show the hosts and every change of them, until interrupted")
    .option("--filter <filter>", "only hosts such as 'labels.zone = a'")
    .option("--leases", "leases, too")
    .option("--lease-filter <filter>", "only leases such as 'service = \"orders\"'")
    .option("--interval <time>", "how often at most: 100ms to 1m (default: 1s)", positiveDuration);
  withHelp(addFleetCallOptions(command), {
    role: "viewer",
    examples: [
      ["fleet watch", "hosts as they come, go and fall silent"],
      ["fleet watch --leases --lease-filter 'service = \"orders\"'", "and where orders runs"],
      ["fleet watch --json", "for programs, a document on each line"],
    ],
    more: "It follows the fleet server's own stream, and connects again by itself; everything is told anew then.",
  }).action((options: FollowFleetOptions) => watch(options, output));
}

function watch(options: FollowFleetOptions, output: Output): Promise<never> {
  return followFleet(options, {
    message: (message) => {
      if (options.json === true) tellJson(message, output);
      else for (const line of fleetLines(message, new Date())) output.line(printable(line));
    },
    interrupted: (failure) =>
      output.note(`the watch ended and is opened again${failure ? `: ${failure.message}` : ""}`),
  });
}

/** The messages of the API, one on a line; those in which nothing has changed are nobody's business. */
function tellJson(message: WatchFleetResponse, output: Output): void {
  const { fleet, hosts, removedHostIds, leases, removedLeases, problems } = message;
  const changed =
    hosts.length + removedHostIds.length + leases.length + removedLeases.length > 0 ||
    fleet !== undefined ||
    problems !== undefined;
  if (!changed) return;
  output.compactJson({
    fleet: fleet === undefined ? null : fleetJson(fleet),
    hosts: hosts.map(hostJson),
    removedHostIds,
    leases: leases.map(fleetLeaseJson),
    removedLeases,
    complete: message.complete,
    problems:
      problems === undefined
        ? null
        : { problems: problems.problems.map(fleetProblemJson), totalSize: problems.totalSize },
  });
}
