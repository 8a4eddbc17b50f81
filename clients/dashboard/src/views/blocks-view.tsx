// The blocks of the host: where they are, how they are reserved, how full they are; and draining them.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Block } from "../api/messages.js";
import { useDashboard } from "../app/dashboard.js";
import { countText, dateTimeText, enumText, portsText, protocolText } from "../model/format.js";
import { AdminDialog } from "../parts/admin-dialog.js";
import { BlockStateBadge } from "../parts/block-state-badge.js";
import { Command } from "../parts/command.js";
import { Empty } from "../parts/notice.js";
import { UseBar } from "../parts/use-bar.js";

export function BlocksView(): VNode {
  const { live } = useDashboard();
  const { blocks } = live.state.value;
  const [asked, setAsked] = useState<Block | null>(null);
  return (
    <>
      <div class="page-head">
        <h1>Blocks</h1>
      </div>
      {blocks.length === 0 ? (
        <Empty title="This host has no block">
          <p>Reserve one for a pool:</p>
          <Command text="portlease blocks add --size 256" />
        </Empty>
      ) : (
        <ul class="block-cards">
          {blocks.map((block) => (
            <BlockCard key={block.blockId} block={block} onAsk={() => setAsked(block)} />
          ))}
        </ul>
      )}
      {asked !== null && <DrainDialog block={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function BlockCard({ block, onAsk }: { readonly block: Block; readonly onAsk: () => void }): VNode {
  const { usage, uncoveredPorts, detail } = block;
  const canDrain = block.state === "STATE_ACTIVE" || block.state === "STATE_DRAINING";
  return (
    <li class="card block-card">
      <div class="card-head">
        <h2>
          <span class="mono">{portsText(block.firstPort, block.portCount)}</span>
        </h2>
        <BlockStateBadge state={block.state} />
      </div>
      {usage !== undefined && <UseBar usage={usage} />}
      <dl class="facts">
        <Fact label="Pool">{block.pool}</Fact>
        <Fact label="Protocol">{protocolText(block.protocol)}</Fact>
        <Fact label="Kind">{enumText(block.kind, "RESERVATION_KIND_")}</Fact>
        <Fact label="Ports">{countText(block.portCount)}</Fact>
        {block.createTime !== undefined && (
          <Fact label="Reserved">{dateTimeText(block.createTime)}</Fact>
        )}
        <Fact label="Block">
          <span class="mono">{block.blockId}</span>
        </Fact>
        {uncoveredPorts !== "" && <Fact label="Not covered now">{uncoveredPorts}</Fact>}
      </dl>
      {detail !== "" && <p class="hint">{detail}</p>}
      {canDrain && (
        <p class="actions">
          <button type="button" class="button" onClick={onAsk}>
            {block.state === "STATE_DRAINING" ? "End the drain" : "Drain"} …
          </button>
        </p>
      )}
    </li>
  );
}

function Fact({
  label,
  children,
}: {
  readonly label: string;
  readonly children: VNode | string;
}): VNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function DrainDialog({
  block,
  onClose,
}: {
  readonly block: Block;
  readonly onClose: () => void;
}): VNode {
  const { api } = useDashboard();
  const undo = block.state === "STATE_DRAINING";
  const range = portsText(block.firstPort, block.portCount);
  const leased = block.usage?.leased ?? 0;
  // It is gone before anybody could end the drain.
  const goesAtOnce = !undo && leased === 0;
  return (
    <AdminDialog
      title={undo ? `End the drain of ${range}` : `Drain ${range}`}
      typedWord={goesAtOnce ? String(block.firstPort) : null}
      actionLabel={undo ? "End the drain" : "Drain the block"}
      isDangerous={goesAtOnce}
      act={() => api.drainBlock(block.blockId, undo)}
      onClose={onClose}
    >
      <p>{undo ? "Ports of this block are leased again." : drainText(leased)}</p>
    </AdminDialog>
  );
}

function drainText(leased: number): string {
  if (leased === 0) {
    return "Nothing is leased from this block, so it goes back to the operating system at once. This cannot be undone.";
  }
  const stay =
    leased === 1
      ? "The one leased port stays with its holder, who is"
      : `The ${countText(leased)} leased ports stay with their holders, who are`;
  return `No port of this block is leased anew. ${stay} told to move. The block goes when its last lease ends; until then you can end the drain.`;
}
