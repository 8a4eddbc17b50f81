// portlease ls: lists the leases, all pages of them.

import type { Command } from "commander";
import type { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { leaseHeadings, leaseRow } from "../lease-text.js";
import type { Output } from "../output.js";
import { leaseJson } from "../proto-json.js";
import { formatTable } from "../table.js";
import { wholeNumber } from "../value-parsers.js";

/** The largest page the broker gives. */
const pageSize = 1_000;

interface LsOptions extends BrokerOptions {
  readonly filter?: string;
  readonly orderBy?: string;
  readonly limit: number;
}

export function addLs(program: Command, output: Output): void {
  const command = program
    .command("ls")
    .description("list the active leases")
    .option("--filter <filter>", "only these, such as 'service = \"orders\"'")
    .option("--order-by <fields>", "such as 'port' or 'service, port desc' (default: lease id)")
    .option("--limit <n>", "at most so many", wholeNumber(1, 1_000_000), 1_000_000);
  addBrokerOptions(command).action((options: LsOptions) => ls(options, output));
}

async function ls(options: LsOptions, output: Output): Promise<void> {
  const { leases, totalSize, revision } = await fetchAll(options);
  if (options.json) {
    output.json({ leases: leases.map(leaseJson), totalSize, revision: revision.toString() });
    return;
  }
  if (leases.length === 0) {
    output.line("no leases");
    return;
  }
  output.line(formatTable(leaseHeadings, leases.map(leaseRow)));
  if (leases.length < totalSize) output.note(`${leases.length} of ${totalSize} leases shown`);
}

interface Listing {
  readonly leases: readonly Lease[];
  readonly totalSize: number;
  readonly revision: bigint;
}

async function fetchAll(options: LsOptions): Promise<Listing> {
  const filter = options.filter ?? "";
  const orderBy = options.orderBy ?? "";
  return withBroker(options, async (broker) => {
    const leases: Lease[] = [];
    let pageToken = "";
    for (;;) {
      const request = {
        pageSize: Math.min(pageSize, options.limit - leases.length),
        pageToken,
        filter,
        orderBy,
      };
      const page = await broker.call(LeaseServiceService.listLeases, request);
      leases.push(...page.leases);
      pageToken = page.nextPageToken;
      if (pageToken === "" || leases.length >= options.limit) {
        return { leases, totalSize: page.totalSize, revision: page.revision };
      }
    }
  });
}
