// portlease blocks adopt, forget, delete: what to do about a block that is perhaps somebody else's.

import type { Command } from "commander";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { blockChangeMs, showBlock } from "../block-view.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { CliFailure } from "../cli-failure.js";
import { type CommandHelp, withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { listBlocks } from "../list-blocks.js";
import type { Output } from "../output.js";

type Change = (blockId: string, options: BrokerOptions, output: Output) => Promise<void>;

export function addAmbiguousBlocks(blocks: Command, output: Output): void {
  const addOne = (name: string, description: string, change: Change): void => {
    const command = blocks
      .command(name)
      .description(description)
      .argument("<block>", "the block's id");
    withHelp(addBrokerOptions(command), helpOf(name)).action(
      (blockId: string, options: BrokerOptions) => change(blockId, options, output),
    );
  };
  addOne("adopt", "take an ambiguous block as the broker's own", adopt);
  addOne("forget", "drop an ambiguous block; the reservation stays with whoever made it", forget);
  addOne("delete", "delete the reservation of an ambiguous block, whoever made it", deleteOne);
}

function helpOf(name: string): CommandHelp {
  return {
    role: "admin",
    examples: [[`blocks ${name} default-tcp-20000`, 'one that "portlease blocks" calls ambiguous']],
    exits: [exitCodes.notFound, exitCodes.refused],
  };
}

async function adopt(blockId: string, options: BrokerOptions, output: Output): Promise<void> {
  const { block } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.adoptBlock, { blockId }, blockChangeMs),
  );
  showBlock(block, options, output);
}

async function forget(blockId: string, options: BrokerOptions, output: Output): Promise<void> {
  await withBroker(options, (broker) => broker.call(AdminServiceService.forgetBlock, { blockId }));
  if (options.json) output.json({});
  else output.line(`forgot ${blockId}; what is reserved stays as it is`);
}

/** The API removes any block; this command is for ambiguous ones, and a typing error must not cost a good one. */
async function deleteOne(blockId: string, options: BrokerOptions, output: Output): Promise<void> {
  await withBroker(options, async (broker) => {
    const block = (await listBlocks(broker, "")).find((candidate) => candidate.blockId === blockId);
    if (block !== undefined && block.state !== Block_State.STATE_AMBIGUOUS) {
      throw new CliFailure(
        exitCodes.refused,
        "FAILED_PRECONDITION",
        "BLOCK_NOT_AMBIGUOUS",
        `block ${blockId} is not ambiguous but the broker's own; give it back with "portlease blocks remove ${blockId}"`,
      );
    }
    const request = { blockId, force: false, allowMissing: false };
    await broker.call(AdminServiceService.removeBlock, request, blockChangeMs);
  });
  if (options.json) output.json({});
  else output.line(`deleted ${blockId} and its reservation`);
}
