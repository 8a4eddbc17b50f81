// portlease blocks: shows the blocks of the broker and changes them.

import type { Command } from "commander";
import { AdminServiceService } from "@portlease/proto/portlease/v1/admin_service.js";
import { type Block, Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { blockJson } from "../block-json.js";
import { blockHeadings, blockNotes, blockRow } from "../block-text.js";
import { type BrokerCalls, withBroker } from "../broker-call.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";
import { CliFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";
import type { Output } from "../output.js";
import { formatTable } from "../table.js";
import { portNumber, wholeNumber } from "../value-parsers.js";

/** The largest page the broker gives. */
const pageSize = 1_000;
/** On top of --timeout: a block may be hundreds of reservations. */
const changeMs = 30_000;

interface ListOptions extends BrokerOptions {
  readonly pool?: string;
}

interface AddOptions extends BrokerOptions {
  readonly pool?: string;
  readonly firstPort?: number;
  readonly size: number;
  readonly dryRun?: boolean;
}

interface DrainOptions extends BrokerOptions {
  readonly undo?: boolean;
}

interface RemoveOptions extends BrokerOptions {
  readonly force?: boolean;
  readonly allowMissing?: boolean;
}

export function addBlocks(program: Command, output: Output): void {
  const blocks = program.command("blocks").description("show and change the blocks of the broker");
  addBrokerOptions(
    blocks
      .command("ls", { isDefault: true })
      .description("list the blocks")
      .option("--pool <pool>", "only those of this pool"),
  ).action((options: ListOptions) => list(options, output));
  addBrokerOptions(
    blocks
      .command("add")
      .description("reserve another block for a pool; it stays until it is removed")
      .option("--pool <pool>", "the pool (default: default)")
      .option("--first-port <port>", "its first port (default: any)", portNumber)
      .requiredOption("--size <count>", "how many ports", wholeNumber(1, 65_535))
      .option("--dry-run", "check and show what would be reserved"),
  ).action((options: AddOptions) => add(options, output));
  addBrokerOptions(
    blocks
      .command("drain")
      .description("lease no more from a block; it goes when its last lease ends")
      .argument("<block>", "the block's id")
      .option("--undo", "lease from it again"),
  ).action((blockId: string, options: DrainOptions) => drain(blockId, options, output));
  addBrokerOptions(
    blocks
      .command("remove")
      .description("give a block back to the operating system")
      .argument("<block>", "the block's id")
      .option("--force", "revoke its leases")
      .option("--allow-missing", "succeed also when there is no such block"),
  ).action((blockId: string, options: RemoveOptions) => remove(blockId, options, output));
  addAmbiguous(blocks, output);
}

function addAmbiguous(blocks: Command, output: Output): void {
  addBrokerOptions(
    blocks
      .command("adopt")
      .description("take an ambiguous block as the broker's own")
      .argument("<block>", "the block's id"),
  ).action((blockId: string, options: BrokerOptions) => adopt(blockId, options, output));
  addBrokerOptions(
    blocks
      .command("forget")
      .description("drop an ambiguous block; the reservation stays with whoever made it")
      .argument("<block>", "the block's id"),
  ).action((blockId: string, options: BrokerOptions) => forget(blockId, options, output));
  addBrokerOptions(
    blocks
      .command("delete")
      .description("delete the reservation of an ambiguous block, whoever made it")
      .argument("<block>", "the block's id"),
  ).action((blockId: string, options: BrokerOptions) => deleteOne(blockId, options, output));
}

async function list(options: ListOptions, output: Output): Promise<void> {
  const blocks = await withBroker(options, (broker) => fetchAll(broker, options.pool ?? ""));
  if (options.json) output.json({ blocks: blocks.map(blockJson) });
  else if (blocks.length === 0) output.line("no blocks");
  else output.line(blocksText(blocks));
}

async function add(options: AddOptions, output: Output): Promise<void> {
  const request = {
    pool: options.pool ?? "",
    firstPort: options.firstPort ?? 0,
    portCount: options.size,
    validateOnly: options.dryRun ?? false,
  };
  const { block } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.reserveBlock, request, changeMs),
  );
  showOne(block, options, output);
}

async function drain(blockId: string, options: DrainOptions, output: Output): Promise<void> {
  const undo = options.undo ?? false;
  const { block } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.drainBlock, { blockId, undo }),
  );
  showOne(block, options, output);
}

async function remove(blockId: string, options: RemoveOptions, output: Output): Promise<void> {
  const request = {
    blockId,
    force: options.force ?? false,
    allowMissing: options.allowMissing ?? false,
  };
  const { revokedLeases } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.removeBlock, request, changeMs),
  );
  if (options.json) return output.json({ revokedLeases });
  const revoked = revokedLeases === 0 ? "" : `; ${revokedLeases} leases were revoked`;
  output.line(`removed ${blockId}${revoked}`);
}

async function adopt(blockId: string, options: BrokerOptions, output: Output): Promise<void> {
  const { block } = await withBroker(options, (broker) =>
    broker.call(AdminServiceService.adoptBlock, { blockId }, changeMs),
  );
  showOne(block, options, output);
}

async function forget(blockId: string, options: BrokerOptions, output: Output): Promise<void> {
  await withBroker(options, (broker) => broker.call(AdminServiceService.forgetBlock, { blockId }));
  if (options.json) output.json({});
  else output.line(`forgot ${blockId}; what is reserved stays as it is`);
}

/** The API removes any block; this command is for ambiguous ones, and a typing error must not cost a good one. */
async function deleteOne(blockId: string, options: BrokerOptions, output: Output): Promise<void> {
  await withBroker(options, async (broker) => {
    const block = (await fetchAll(broker, "")).find((candidate) => candidate.blockId === blockId);
    if (block !== undefined && block.state !== Block_State.STATE_AMBIGUOUS) {
      throw new CliFailure(
        exitCodes.refused,
        "FAILED_PRECONDITION",
        "BLOCK_NOT_AMBIGUOUS",
        `block ${blockId} is not ambiguous but the broker's own; give it back with "portlease blocks remove ${blockId}"`,
      );
    }
    const request = { blockId, force: false, allowMissing: false };
    await broker.call(AdminServiceService.removeBlock, request, changeMs);
  });
  if (options.json) output.json({});
  else output.line(`deleted ${blockId} and its reservation`);
}

async function fetchAll(broker: BrokerCalls, pool: string): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  let pageToken = "";
  do {
    const request = { pageSize, pageToken, pool };
    const page = await broker.call(AdminServiceService.listBlocks, request);
    blocks.push(...page.blocks);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return blocks;
}

function showOne(block: Block | undefined, { json }: BrokerOptions, output: Output): void {
  const blocks = block === undefined ? [] : [block];
  if (json) output.json({ block: block === undefined ? null : blockJson(block) });
  else output.line(blocksText(blocks));
}

function blocksText(blocks: readonly Block[]): string {
  const table = formatTable(blockHeadings, blocks.map(blockRow));
  const notes = blockNotes(blocks);
  return notes.length === 0 ? table : `${table}\n\n${notes.join("\n")}`;
}
