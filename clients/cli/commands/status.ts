// portlease status: the broker, its pools and what is wrong, on one screen. What to ask first, on the first day and at night.

import type { Command } from "commander";
import {
  AdminServiceService,
  type GetBrokerResponse,
  ServingState,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import type { Pool } from "@portlease/proto/portlease/v1/pool.js";
import type { BrokerCalls } from "../broker-call.js";
import { brokerJson } from "../broker-json.js";
import { withHelp } from "../command-help.js";
import { durationText, word } from "../lease-text.js";
import { listPools } from "../list-pools.js";
import type { Output } from "../output.js";
import { poolJson } from "../pool-json.js";
import { poolColumns, usedText, usedTone } from "../pool-view.js";
import { problemLines } from "../problem-lines.js";
import { formatPairs, tableLines, type TableForm } from "../table.js";
import { servingTones } from "../terminal/tones.js";
import { showOrWatch } from "../view/show.js";
import type { View } from "../view/view.js";
import { addWatchableOptions, type WatchableOptions } from "../view/view-options.js";

export function addStatus(program: Command, output: Output): void {
  const command = program
    .command("status")
    .description("show the broker, its pools and what is wrong, on one screen");
  withHelp(addWatchableOptions(command), {
    role: "viewer",
    examples: [
      ["status", "is everything well?"],
      ["status --watch", "the same, as it changes"],
      ["status --json", "for programs; .broker.problems is empty when all is well"],
    ],
    more: "Exits with 0 whatever is wrong, as long as the broker answers.",
  }).action((options: WatchableOptions) => showOrWatch(options, output, viewOf));
}

async function viewOf(calls: BrokerCalls): Promise<View> {
  const [broker, pools] = await Promise.all([
    calls.call(AdminServiceService.getBroker, {}),
    listPools(calls),
  ]);
  return {
    lines: (form) => statusLines(broker, pools, form),
    document: () => ({ broker: brokerJson(broker), pools: pools.map(poolJson) }),
    names: () => [broker.host],
    notes: [],
  };
}

/** Exported for tests. */
export function statusLines(
  broker: GetBrokerResponse,
  pools: readonly Pool[],
  form: TableForm,
): readonly string[] {
  return [
    formatPairs(brokerPairs(broker), form.paint),
    "",
    ...tableLines(poolColumns, pools, form),
    "",
    ...problemLines(broker.problems, form.paint),
  ].flatMap((part) => part.split("\n"));
}

function brokerPairs(broker: GetBrokerResponse): Parameters<typeof formatPairs>[0] {
  const { servingState, servingDetail, usage, autoKind, autoKindReason, waitingRequests } = broker;
  const state = word(ServingState, "SERVING_STATE_", servingState);
  const kind = word(ReservationKind, "RESERVATION_KIND_", autoKind);
  const waiting = waitingRequests === 0 ? "" : `, ${waitingRequests} requests wait in line`;
  return [
    ["broker", `portlease ${broker.version} on ${broker.host} (${broker.platform})`],
    [
      "state",
      servingDetail === "" ? state : `${state}: ${servingDetail}`,
      servingTones[servingState],
    ],
    ["running", `for ${durationText(broker.uptime) ?? "-"}, process ${broker.processId}`],
    [
      "ports",
      `${usage?.leased ?? 0} of ${usage?.total ?? 0} leased (${usedText(usage)} used)${waiting}`,
      usedTone(usage),
    ],
    ["leases", String(broker.activeLeases)],
    ["kind", autoKindReason === "" ? kind : `${kind}: ${autoKindReason}`],
    ["listens", broker.addresses.length === 0 ? null : broker.addresses.join(" and ")],
    ["dashboard", broker.dashboardUrl || null],
    ["data", broker.dataDirectory || null],
  ];
}
