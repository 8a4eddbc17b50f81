// portlease renew: renews a lease once.

import type { Command } from "commander";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { withBroker } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { addHolderKeyOptions, holderKeyOf, type HolderKeyOptions } from "../holder-key.js";
import { durationText, portsText } from "../lease-text.js";
import type { Output } from "../output.js";
import { leaseJson, protoDuration, reservationJson } from "../proto-json.js";
import { positiveDuration } from "../value-parsers.js";

interface RenewOptions extends BrokerOptions, HolderKeyOptions {
  readonly ttl?: number;
}

export function addRenew(program: Command, output: Output): void {
  const command = program
    .command("renew")
    .description("renew a lease, so that it lasts its TTL from now on")
    .argument("<lease>", "the lease's id")
    .option("--ttl <time>", "a new time to live", positiveDuration);
  addHolderKeyOptions(command);
  withHelp(addBrokerOptions(command), {
    role: "holder",
    examples: [
      ["renew LEASE --holder-key-file key.txt", "for its TTL from now on"],
      ["renew LEASE --holder-key-file - --ttl 1h < key.txt", "for another TTL"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((leaseId: string, options: RenewOptions) => renew(leaseId, options, output));
}

async function renew(leaseId: string, options: RenewOptions, output: Output): Promise<void> {
  const holderKey = holderKeyOf(options);
  const ttl = options.ttl === undefined ? undefined : protoDuration(options.ttl);
  const { lease, reservations, warnings } = await withBroker(options, (broker) =>
    broker.call(LeaseServiceService.renewLease, { leaseId, holderKey, ttl }),
  );
  if (options.json) {
    const leaseDocument = lease === undefined ? null : leaseJson(lease);
    output.json({
      lease: leaseDocument,
      reservations: reservations.map(reservationJson),
      warnings,
    });
    return;
  }
  for (const warning of warnings) output.note(`warning: ${warning.message} [${warning.reason}]`);
  const ports = lease === undefined ? "" : ` on ${portsText(lease)}`;
  output.line(`renewed ${leaseId}${ports} for ${durationText(lease?.ttl) ?? "its TTL"}`);
}
