// portlease fleet leases: lists the leases of all hosts.

import type { Command } from "commander";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { fleetFilter, type FilterParts } from "../fleet-filter.js";
import { fleetLeaseJson } from "../fleet-json.js";
import { askForHost, listUpTo, shownOf } from "../fleet-lists.js";
import { addFleetWatchableOptions, ofFleet } from "../fleet-options.js";
import { fleetLeaseColumns } from "../fleet-text.js";
import type { Output } from "../output.js";
import { wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import type { WatchableOptions } from "../view/view-options.js";

interface LeasesOptions extends WatchableOptions, FilterParts {
  readonly orderBy?: string;
  readonly limit: number;
}

export function addFleetLeases(fleet: Command, output: Output): void {
  const command = fleet
    .command("leases")
    .description("list the leases of all hosts")
    .option("--service <name>", "only those of this service")
    .option("--host <id>", "only those of this host")
    .option("--filter <filter>", "only these, such as 'port = 20417'")
    .option("--order-by <fields>", "such as 'service, port' (default: host id, lease id)")
    .option("--limit <n>", "at most so many", wholeNumber(1, 1_000_000), 10_000);
  withHelp(addFleetWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["fleet leases --service orders", "where orders runs, with everything known of it"],
      ["fleet leases --host web-07", "those of one host"],
      ["fleet leases --filter 'binding = stranger'", "ports that strangers took"],
      ["fleet leases --json --limit 1000000", "all of them, for programs"],
    ],
    exits: [exitCodes.notFound],
  }).action((options: LeasesOptions) =>
    showOrWatch(ofFleet(options), output, (server) => viewOf(server, options)),
  );
}

async function viewOf(server: BrokerCalls, options: LeasesOptions): Promise<View> {
  const { orderBy = "", limit } = options;
  await askForHost(server, options.host);
  const listed = await listUpTo(
    server,
    FleetServiceService.listFleetLeases,
    { filter: fleetFilter(options), orderBy },
    ({ leases }) => leases,
    limit,
  );
  const { items: leases, totalSize } = listed;
  return listView({
    rows: leases,
    columns: fleetLeaseColumns,
    name: ({ hostId, leaseId }) => `${hostId} ${leaseId}`,
    document: () => ({ leases: leases.map(fleetLeaseJson), totalSize }),
    empty: "no leases",
    notes: shownOf(listed, "leases"),
  });
}
