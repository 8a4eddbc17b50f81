// portlease blocks: shows the blocks of the broker, and adds and removes some.

import type { Command } from "commander";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { blockChangeMs, blocksView, showBlock } from "../block-view.js";
import { withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { withHelp } from "../command-help.js";
import { exitCodes } from "../exit-codes.js";
import { listBlocks } from "../list-blocks.js";
import type { Output } from "../output.js";
import { portNumber, wholeNumber } from "../value-parsers.js";
import { showOrWatch } from "../view/show.js";
import { addWatchableOptions, type WatchableOptions } from "../view/view-options.js";
import { addAmbiguousBlocks } from "./blocks-ambiguous.js";
import { addDrain } from "./drain.js";

interface ListOptions extends WatchableOptions {
  readonly pool?: string;
}

interface AddOptions extends BrokerOptions {
  readonly pool?: string;
  readonly firstPort?: number;
  readonly size: number;
  readonly dryRun?: boolean;
}

interface RemoveOptions extends BrokerOptions {
  readonly force?: boolean;
  readonly allowMissing?: boolean;
}

export function addBlocks(program: Command, output: Output): void {
  const blocks = program.command("blocks").description("show and change the blocks of the broker");
  const ls = blocks
    .command("ls", { isDefault: true })
    .description("list the blocks")
    .option("--pool <pool>", "only those of this pool");
  withHelp(addWatchableOptions(ls), {
    role: "viewer",
    examples: [
      ["blocks", "all blocks"],
      ["blocks ls --pool web -o wide", "those of one pool, with everything"],
    ],
    exits: [exitCodes.notFound],
  }).action((options: ListOptions) =>
    showOrWatch(options, output, async (broker) =>
      blocksView(await listBlocks(broker, options.pool ?? "")),
    ),
  );
  addAdd(blocks, output);
  addDrain(blocks, output);
  addRemove(blocks, output);
  addAmbiguousBlocks(blocks, output);
}

function addAdd(blocks: Command, output: Output): void {
  const command = blocks
    .command("add")
    .description("reserve another block for a pool; it stays until it is removed")
    .option("--pool <pool>", "the pool (default: default)")
    .option("--first-port <port>", "its first port (default: any)", portNumber)
    .requiredOption("--size <count>", "how many ports", wholeNumber(1, 65_535))
    .option("--dry-run", "check and show what would be reserved");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [
      ["blocks add --size 100", "100 more ports for the pool default"],
      ["blocks add --pool web --first-port 9000 --size 50 --dry-run", "would that work?"],
    ],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((options: AddOptions) => add(options, output));
}

async function add(options: AddOptions, output: Output): Promise<void> {
  const request = {
    pool: options.pool ?? "",
    firstPort: options.firstPort ?? 0,
    portCount: options.size,
    validateOnly: options.dryRun ?? false,
  };
  const { block } = await withBroker(
    options,
    (broker) => broker.call(AdminServiceService.reserveBlock, request, blockChangeMs),
    `${options.size} ports to be reserved`,
  );
  showBlock(block, options, output);
}

function addRemove(blocks: Command, output: Output): void {
  const command = blocks
    .command("remove")
    .description("give a block back to the operating system")
    .argument("<block>", "the block's id")
    .option("--force", "revoke its leases")
    .option("--allow-missing", "succeed also when there is no such block");
  withHelp(addBrokerOptions(command), {
    role: "admin",
    examples: [["blocks remove default-tcp-20000", "give it back, when nobody has a port of it"]],
    exits: [exitCodes.notFound, exitCodes.refused],
  }).action((blockId: string, options: RemoveOptions) => remove(blockId, options, output));
}

async function remove(blockId: string, options: RemoveOptions, output: Output): Promise<void> {
  const request = {
    blockId,
    force: options.force ?? false,
    allowMissing: options.allowMissing ?? false,
  };
  const { revokedLeases } = await withBroker(
    options,
    (broker) => broker.call(AdminServiceService.removeBlock, request, blockChangeMs),
    `block ${blockId} to be given back`,
  );
  if (options.json) return output.json({ revokedLeases });
  const revoked = revokedLeases === 0 ? "" : `; ${revokedLeases} leases were revoked`;
  output.line(`removed ${blockId}${revoked}`);
}
