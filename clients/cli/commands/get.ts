// portlease get: shows one lease.

import type { Command } from "commander";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { leasePairs } from "../lease-text.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { formatPairs } from "../table.js";

export function addGet(program: Command, output: Output): void {
  const command = program
    .command("get")
    .description("show one lease")
    .argument("<lease>", "the lease's id");
  addBrokerOptions(command).action((leaseId: string, options: BrokerOptions) =>
    get(leaseId, options, output),
  );
}

async function get(leaseId: string, options: BrokerOptions, output: Output): Promise<void> {
  const { lease } = await withBroker(options, (broker) =>
    broker.call(LeaseServiceService.getLease, { leaseId }),
  );
  if (options.json) output.json({ lease: lease === undefined ? null : leaseJson(lease) });
  else if (lease !== undefined) output.line(formatPairs(leasePairs(lease)));
}
