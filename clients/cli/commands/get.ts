// portlease get: shows one lease.

import type { Command } from "commander";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import type { BrokerCalls } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { leasePairs } from "../lease-text.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { formatPairs } from "../table.js";
import { show } from "../view/show.js";
import type { View } from "../view/view.js";
import { addViewOptions, type ViewOptions } from "../view/view-options.js";

export function addGet(program: Command, output: Output): void {
  const command = program
    .command("get")
    .description("show one lease")
    .argument("<lease>", "the lease's id");
  withHelp(addViewOptions(command), {
    role: "holder or viewer",
    examples: [["get LEASE", "everything about it that is no secret"]],
    exits: [exitCodes.notFound],
  }).action((leaseId: string, options: ViewOptions) =>
    show(options, output, (broker) => viewOf(broker, leaseId)),
  );
}

async function viewOf(broker: BrokerCalls, leaseId: string): Promise<View> {
  const { lease } = await broker.call(LeaseServiceService.getLease, { leaseId });
  return {
    lines: ({ paint }) => (lease === undefined ? [] : [formatPairs(leasePairs(lease), paint)]),
    document: () => ({ lease: lease === undefined ? null : leaseJson(lease) }),
    names: () => (lease === undefined ? [] : [lease.leaseId]),
    notes: [],
  };
}
