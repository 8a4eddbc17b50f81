// portlease release: gives a lease back.

import type { Command } from "commander";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { withBroker } from "../broker-call.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { addHolderKeyOptions, holderKeyOf, type HolderKeyOptions } from "../holder-key.js";
import { durationText } from "../lease-text.js";
import type { Output } from "../output.js";
import { durationJson } from "../proto-json.js";

interface ReleaseOptions extends BrokerOptions, HolderKeyOptions {
  readonly allowMissing?: boolean;
}

export function addRelease(program: Command, output: Output): void {
  const command = program
    .command("release")
    .description("give a lease back")
    .argument("<lease>", "the lease's id")
    .option("--allow-missing", "succeed also when the lease is unknown or has ended");
  addHolderKeyOptions(command);
  withHelp(addBrokerOptions(command), {
    role: "holder",
    examples: [["release LEASE --holder-key-file key.txt", "others may have its ports"]],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((leaseId: string, options: ReleaseOptions) => release(leaseId, options, output));
}

async function release(leaseId: string, options: ReleaseOptions, output: Output): Promise<void> {
  const holderKey = holderKeyOf(options);
  const allowMissing = options.allowMissing ?? false;
  const { alreadyEnded, quarantine } = await withBroker(options, (broker) =>
    broker.call(LeaseServiceService.releaseLease, { leaseId, holderKey, allowMissing }),
  );
  if (options.json) {
    output.json({ alreadyEnded, quarantine: durationJson(quarantine) });
    return;
  }
  const rest = durationText(quarantine);
  const resting = rest === null || rest === "0s" ? "" : `; its ports rest for ${rest}`;
  output.line(alreadyEnded ? `${leaseId} had ended already` : `released ${leaseId}${resting}`);
}
