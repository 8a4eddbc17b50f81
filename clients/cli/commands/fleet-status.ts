// portlease fleet status: the fleet, where the view of it comes from, and what is wrong, on one screen.

import type { Command } from "commander";
import type { Problem } from "@portlease/proto/portlease/v1/admin_service.js";
import {
  type FleetProblem,
  FleetServiceService,
  type FleetSource,
  FleetSource_Kind,
  type GetFleetResponse,
  type ListProblemsResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { fleetJson, fleetProblemJson } from "../fleet-json.js";
import { addFleetWatchableOptions, ofFleet } from "../fleet-options.js";
import { timeText } from "../fleet-text.js";
import { word } from "../lease-text.js";
import type { Output } from "../output.js";
import { usedText, usedTone } from "../pool-view.js";
import { problemLines } from "../problem-lines.js";
import { formatPairs, type TableForm } from "../table.js";
import { showOrWatch } from "../view/show.js";
import type { View } from "../view/view.js";
import type { WatchableOptions } from "../view/view-options.js";

/** The worst ones; "fleet problems" has all. */
const problemsShown = 10;

export function addFleetStatus(fleet: Command, output: Output): void {
  const command = fleet
    .command("status")
    .description("show the fleet and what is wrong in it, on one screen");
  withHelp(addFleetWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["fleet status", "is everything well, everywhere?"],
      ["fleet status --watch", "the same, as it changes"],
      ["fleet status --json", "for programs"],
    ],
    more: "Exits with 0 whatever is wrong, as long as the fleet server answers.",
  }).action((options: WatchableOptions) => showOrWatch(ofFleet(options), output, viewOf));
}

async function viewOf(server: BrokerCalls): Promise<View> {
  const [fleet, found] = await Promise.all([
    server.call(FleetServiceService.getFleet, {}),
    server.call(FleetServiceService.listProblems, {
      pageSize: problemsShown,
      pageToken: "",
      hostId: "",
      minSeverity: 0,
    }),
  ]);
  return {
    lines: (form) => statusLines(fleet, found, form),
    document: () => ({
      fleet: fleetJson(fleet),
      problems: found.problems.map(fleetProblemJson),
      problemsTotalSize: found.totalSize,
    }),
    names: () => fleet.source?.addresses ?? [],
    notes: [],
  };
}

function statusLines(
  fleet: GetFleetResponse,
  { problems, totalSize }: ListProblemsResponse,
  form: TableForm,
): readonly string[] {
  const more = totalSize - problems.length;
  return [
    ...formatPairs(fleetPairs(fleet), form.paint).split("\n"),
    "",
    ...problemLines(problems.flatMap(withHost), form.paint, ({ hostId }) => hostId),
    ...(more > 0 ? [`and ${more} more: portlease fleet problems`] : []),
  ];
}

function fleetPairs(fleet: GetFleetResponse): Parameters<typeof formatPairs>[0] {
  const { source, usage, hosts, hostsNotHeardFrom, leases, staleLeases } = fleet;
  const silent = hostsNotHeardFrom > 0;
  return [
    ["fleet server", `portlease ${fleet.version}`],
    ["source", sourceText(source), source?.connected === true ? "well" : "critical"],
    ["last heard", timeText(source?.lastHeardTime)],
    [
      "hosts",
      `${hosts}: ${fleet.hostsHeardFrom} heard from, ${hostsNotHeardFrom} not heard from, ${fleet.hostsStopped} stopped`,
      silent ? "critical" : "well",
    ],
    ["leases", staleLeases === 0 ? String(leases) : `${leases}, ${staleLeases} of them stale`],
    [
      "ports",
      `${usage?.leased ?? 0} of ${usage?.total ?? 0} leased (${usedText(usage)} used)`,
      usedTone(usage),
    ],
    [
      "unreadable",
      source === undefined || source.unreadableEntries === 0
        ? null
        : `${source.unreadableEntries} entries, such as: ${source.unreadableExample}`,
      "warning",
    ],
  ];
}

function sourceText(source: FleetSource | undefined): string {
  if (source === undefined) return "-";
  const where = `${word(FleetSource_Kind, "KIND_", source.kind)} at ${source.addresses.join(", ")}`;
  return source.connected ? where : `${where}, not heard: ${source.detail}`;
}

function withHost({
  hostId,
  problem,
}: FleetProblem): readonly (Problem & { readonly hostId: string })[] {
  return problem === undefined ? [] : [{ ...problem, hostId }];
}
