// portlease fleet hosts: lists the hosts, all pages of them.

import type { Command } from "commander";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { hostJson } from "../fleet-json.js";
import { listUpTo, shownOf } from "../fleet-lists.js";
import { addFleetWatchableOptions, ofFleet } from "../fleet-options.js";
import { hostColumns } from "../fleet-text.js";
import type { Output } from "../output.js";
import { wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import type { WatchableOptions } from "../view/view-options.js";

interface HostsOptions extends WatchableOptions {
  readonly filter?: string;
  readonly orderBy?: string;
  readonly limit: number;
}

export function addFleetHosts(fleet: Command, output: Output): void {
  const command = fleet
    .command("hosts")
    .description("list the hosts of the fleet")
    .option("--filter <filter>", "only these, such as 'utilisation > 80'")
    .option("--order-by <fields>", "such as 'utilisation desc' (default: host id)")
    .option("--limit <n>", "at most so many", wholeNumber(1, 1_000_000), 1_000_000);
  withHelp(addFleetWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["fleet hosts", "all of them, with what is wrong"],
      ["fleet hosts --filter 'state = not-heard-from'", "those that are not heard from"],
      ["fleet hosts --order-by 'utilisation desc' --limit 5", "the fullest"],
      ["fleet hosts -o name", "only the ids, a line each"],
    ],
  }).action((options: HostsOptions) =>
    showOrWatch(ofFleet(options), output, (server) => viewOf(server, options)),
  );
}

async function viewOf(server: BrokerCalls, options: HostsOptions): Promise<View> {
  const { filter = "", orderBy = "", limit } = options;
  const listed = await listUpTo(
    server,
    FleetServiceService.listHosts,
    { filter, orderBy },
    ({ hosts }) => hosts,
    limit,
  );
  const { items: hosts, totalSize } = listed;
  return listView({
    rows: hosts,
    columns: hostColumns,
    name: ({ hostId }) => hostId,
    document: () => ({ hosts: hosts.map(hostJson), totalSize }),
    empty: "no hosts",
    notes: shownOf(listed, "hosts"),
  });
}
