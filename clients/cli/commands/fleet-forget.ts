// portlease fleet forget: forgets a host that is gone for good, with its leases.

import type { Command } from "commander";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import { withBroker } from "../broker-call.js";
import type { BrokerOptions } from "../broker-options.js";
import { withHelp } from "../command-help.js";
import { confirm } from "../confirm.js";
import { exitCodes } from "../exit-codes.js";
import { addFleetCallOptions, ofFleet } from "../fleet-options.js";
import type { Output } from "../output.js";

interface ForgetOptions extends BrokerOptions {
  readonly allowMissing?: boolean;
  readonly yes?: boolean;
}

export function addFleetForget(fleet: Command, output: Output): void {
  const command = fleet
    .command("forget")
    .description("forget a host that is gone for good, with its leases")
    .argument("<host>", "the host's id")
    .option("--allow-missing", "succeed also when there is no such host")
    .option("--yes", "do not ask");
  withHelp(addFleetCallOptions(command), {
    role: "admin",
    examples: [
      ["fleet forget web-07", "asks, and forgets it"],
      ["fleet forget web-07 --yes --allow-missing", "in a script"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
    more: "Only hosts that are not heard from can be forgotten. One whose broker comes back is there again, with all its leases.",
  }).action((hostId: string, options: ForgetOptions) => forget(hostId, options, output));
}

async function forget(hostId: string, options: ForgetOptions, output: Output): Promise<void> {
  const { allowMissing = false, yes = false } = options;
  if (!yes) await confirm(`forget the host ${hostId} and its leases`);
  const { forgottenLeases } = await withBroker(ofFleet(options), (server) =>
    server.call(FleetServiceService.forgetHost, { hostId, allowMissing }),
  );
  if (options.json) return output.json({ forgottenLeases });
  output.line(`${hostId} is forgotten, with ${forgottenLeases} leases`);
}
