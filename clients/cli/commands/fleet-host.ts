// portlease fleet host: everything that the fleet knows of one host, on one screen.

import type { Command } from "commander";
import { ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import {
  FleetServiceService,
  type Host,
  type HostPool,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { hostJson } from "../fleet-json.js";
import { addFleetWatchableOptions, ofFleet } from "../fleet-options.js";
import { hostStateText, hostTones, labelsText, timeText } from "../fleet-text.js";
import { word } from "../lease-text.js";
import type { Output } from "../output.js";
import { poolUseColumns, usedText, usedTone } from "../pool-view.js";
import { problemLines } from "../problem-lines.js";
import { formatPairs, tableLines, type TableForm } from "../table.js";
import { servingTones } from "../terminal/tones.js";
import { showOrWatch } from "../view/show.js";
import type { View } from "../view/view.js";
import type { WatchableOptions } from "../view/view-options.js";

export function addFleetHost(fleet: Command, output: Output): void {
  const command = fleet
    .command("host")
    .description("show what the fleet knows of a host")
    .argument("<host>", "the host's id");
  withHelp(addFleetWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["fleet host web-07", "its state, its pools and what is wrong"],
      ["fleet host web-07 --watch", "the same, as it changes"],
    ],
    exits: [exitCodes.notFound],
  }).action((hostId: string, options: WatchableOptions) =>
    showOrWatch(ofFleet(options), output, (server) => viewOf(server, hostId)),
  );
}

async function viewOf(server: BrokerCalls, hostId: string): Promise<View> {
  const { host } = await server.call(FleetServiceService.getHost, { hostId });
  return {
    lines: (form) => (host === undefined ? [] : hostLines(host, form)),
    document: () => ({ host: host === undefined ? null : hostJson(host) }),
    names: () => (host === undefined ? [] : [host.hostId]),
    notes: [],
  };
}

function hostLines(host: Host, form: TableForm): readonly string[] {
  return [
    formatPairs(hostPairs(host), form.paint),
    "",
    ...(host.pools.length === 0 ? ["no pools"] : tableLines(poolColumns, host.pools, form)),
    "",
    ...problemLines(host.problems, form.paint),
  ].flatMap((part) => part.split("\n"));
}

function hostPairs(host: Host): Parameters<typeof formatPairs>[0] {
  const { hostName, servingState, usage, version, platform } = host;
  return [
    ["host", ["", host.hostId].includes(hostName) ? host.hostId : `${host.hostId} (${hostName})`],
    ["state", hostStateText(host), hostTones[host.state]],
    ["last heard", timeText(host.lastHeardTime)],
    ["probed", host.probeTime === undefined ? null : timeText(host.probeTime)],
    ["broker", version === "" ? null : `portlease ${version} (${platform})`],
    ["serving", word(ServingState, "SERVING_STATE_", servingState), servingTones[servingState]],
    ["running since", timeText(host.startTime)],
    ["address", host.address || null],
    ["listens", host.brokerAddresses.length === 0 ? null : host.brokerAddresses.join(" and ")],
    ["dashboard", host.dashboardUrl || null],
    ["labels", labelsText(host.labels)],
    [
      "ports",
      `${usage?.leased ?? 0} of ${usage?.total ?? 0} leased (${usedText(usage)} used)`,
      usedTone(usage),
    ],
    ["leases", String(host.leases)],
  ];
}

const poolColumns = poolUseColumns<HostPool>(0);
