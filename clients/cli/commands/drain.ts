// portlease drain, which is "blocks drain" too: stops leasing from a block, or begins again.

import type { Command } from "commander";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { showBlock } from "../block-view.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";

interface DrainOptions extends BrokerOptions {
  readonly undo?: boolean;
}

/** Below the program itself, or below "blocks". */
export function addDrain(parent: Command, output: Output): void {
  const command = parent
    .command("drain")
    .description("lease no more from a block; it goes when its last lease ends")
    .argument("<block>", "the block's id")
    .option("--undo", "lease from it again");
  const words = parent.parent === null ? "drain" : `${parent.name()} drain`;
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [
      [`${words} default-tcp-20000`, "nobody is given its ports any more"],
      [`${words} --undo default-tcp-20000`, "everybody is again"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((blockId: string, options: DrainOptions) => drain(blockId, options, output));
}

async function drain(blockId: string, options: DrainOptions, output: Output): Promise<void> {
  const undo = options.undo ?? false;
  const { block } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.drainBlock, { blockId, undo }),
  );
  showBlock(block, options, output);
}
