// portlease fleet problems: lists what is wrong in the fleet, the worst first.

import { type Command, Option } from "commander";
import { Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { fleetProblemJson } from "../fleet-json.js";
import { askForHost, listUpTo, shownOf } from "../fleet-lists.js";
import { addFleetWatchableOptions, ofFleet } from "../fleet-options.js";
import { fleetProblemColumns } from "../fleet-text.js";
import type { Output } from "../output.js";
import { wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { listView, type View } from "../view/view.js";
import type { WatchableOptions } from "../view/view-options.js";

const severities = {
  info: Problem_Severity.SEVERITY_INFO,
  warning: Problem_Severity.SEVERITY_WARNING,
  critical: Problem_Severity.SEVERITY_CRITICAL,
} as const;

interface ProblemsOptions extends WatchableOptions {
  readonly host?: string;
  readonly minSeverity: keyof typeof severities;
  readonly limit: number;
}

export function addFleetProblems(fleet: Command, output: Output): void {
  const command = fleet
    .command("problems")
    .description("list what is wrong in the fleet, the worst first")
    .option("--host <id>", "only those of this host")
    .addOption(
      new Option("--min-severity <severity>", "only those that are at least so bad")
        .choices(Object.keys(severities))
        .default("info"),
    )
    .option("--limit <n>", "at most so many", wholeNumber(1, 1_000_000), 1_000_000);
  withHelp(addFleetWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["fleet problems", "what to look at, the worst first"],
      ["fleet problems --min-severity warning", "without what is only worth knowing"],
      ["fleet problems --host web-07", "those of one host"],
    ],
    exits: [exitCodes.notFound],
    more: "Exits with 0 whatever is wrong, as long as the fleet server answers.",
  }).action((options: ProblemsOptions) =>
    showOrWatch(ofFleet(options), output, (server) => viewOf(server, options)),
  );
}

async function viewOf(server: BrokerCalls, options: ProblemsOptions): Promise<View> {
  const { host, minSeverity, limit } = options;
  await askForHost(server, host);
  const listed = await listUpTo(
    server,
    FleetServiceService.listProblems,
    { hostId: host ?? "", minSeverity: severities[minSeverity] },
    (page) => page.problems,
    limit,
  );
  const { items: problems, totalSize } = listed;
  return listView({
    rows: problems,
    columns: fleetProblemColumns,
    name: ({ hostId, problem }) => `${hostId || "-"} ${problem?.reason ?? ""}`,
    document: () => ({ problems: problems.map(fleetProblemJson), totalSize }),
    empty: "nothing is wrong",
    notes: shownOf(listed, "problems"),
  });
}
