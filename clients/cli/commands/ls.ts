// portlease ls: lists the leases, all pages of them.

import type { Command } from "commander";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { leaseColumns } from "../lease-text.js";
import { type LeaseQuery, listLeases } from "../list-leases.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import { addWatchableOptions, type WatchableOptions } from "../view/view-options.js";

type LsOptions = WatchableOptions & LeaseQuery;

export function addLs(program: Command, output: Output): void {
  const command = program
    .command("ls")
    .description("list the active leases")
    .option("--filter <filter>", "only these, such as 'service = \"orders\"'")
    .option("--order-by <fields>", "such as 'port' or 'service, port desc' (default: lease id)")
    .option("--limit <n>", "at most so many", wholeNumber(1, 1_000_000), 1_000_000);
  withHelp(addWatchableOptions(command), {
    role: "holder or viewer",
    examples: [
      ["ls", "who has which port"],
      ["ls --filter 'service = \"orders\"' --order-by port", "those of one service"],
      ["ls --watch", "as they come and go"],
      ["ls -o name", "only the ids, a line each"],
    ],
  }).action((options: LsOptions) =>
    showOrWatch(options, output, (broker) => viewOf(broker, options)),
  );
}

async function viewOf(broker: BrokerCalls, options: LsOptions): Promise<View> {
  const { leases, totalSize, revision } = await listLeases(broker, options);
  return listView({
    rows: leases,
    columns: leaseColumns,
    name: ({ leaseId }) => leaseId,
    document: () => ({ leases: leases.map(leaseJson), totalSize, revision: revision.toString() }),
    empty: "no leases",
    notes: leases.length < totalSize ? [`${leases.length} of ${totalSize} leases shown`] : [],
  });
}
