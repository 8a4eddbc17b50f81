// Blocks as commands show them: a table, with what needs attention below it.

import type { Block } from "@portlease/proto/portlease/v1/pool.js";
import { blockJson } from "./block-json.js";
import { blockColumns, blockNotes } from "./block-text.js";
import type { BrokerOptions } from "./broker-options.js";
import type { Output } from "./output.js";
import { plainTable } from "./table.js";
import { listView, type View } from "./view/view.js";

/** On top of --timeout: a block may be hundreds of reservations. */
export const blockChangeMs = 30_000;

export function blocksView(blocks: readonly Block[]): View {
  return listView({
    rows: blocks,
    columns: blockColumns,
    name: ({ blockId }) => blockId,
    document: () => ({ blocks: blocks.map(blockJson) }),
    empty: "no blocks",
    below: blockNotes(blocks),
  });
}

/** What became of a block that was changed. */
export function showBlock(block: Block | undefined, { json }: BrokerOptions, output: Output): void {
  if (json === true) {
    return output.json({ block: block === undefined ? null : blockJson(block) });
  }
  const form = { ...plainTable, ...output.display() };
  const blocks = block === undefined ? [] : [block];
  output.line(blocksView(blocks).lines(form).join("\n"));
}
