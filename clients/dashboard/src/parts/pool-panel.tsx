// A pool: its numbers, and each of its blocks as a grid of ports.

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import type { Block, Pool } from "../api/messages.js";
import { enumText, plural, portsText, protocolText } from "../model/format.js";
import { countStates } from "../model/port-map.js";
import { BlockStateBadge } from "./block-state-badge.js";
import { Empty } from "./notice.js";
import { PoolNumbers } from "./pool-numbers.js";
import { PortDetails } from "./port-grid/port-details.js";
import { PortGrid, usePalette } from "./port-grid/port-grid.js";
import { PortLegend } from "./port-grid/port-legend.js";

export interface PoolPanelProps {
  readonly pool: Pool;
  readonly blocks: readonly Block[];
}

export function PoolPanel({ pool, blocks }: PoolPanelProps): VNode {
  const { live } = useDashboard();
  const palette = usePalette();
  const { portMaps } = live.state.value;
  const counts = useMemo(() => {
    const totals = Array.from({ length: 9 }, () => 0);
    for (const { blockId } of blocks) {
      const map = portMaps.get(blockId);
      if (map === undefined) continue;
      for (const [state, count] of countStates(map).entries())
        totals[state] = (totals[state] ?? 0) + count;
    }
    return totals;
  }, [portMaps, blocks.map((block) => block.blockId).join(" ")]);
  const titleId = `pool-${pool.pool}`;
  return (
    <section class="card pool" aria-labelledby={titleId}>
      <div class="card-head">
        <h2 id={titleId}>
          <span class="quiet">Pool</span> {pool.pool}
        </h2>
        <p class="tags">
          <span class="tag">{protocolText(pool.protocol)}</span>
          <span class="tag">{enumText(pool.kind, "RESERVATION_KIND_")}</span>
          {pool.adjusted && <span class="tag">adjusted</span>}
          {pool.retired && <span class="tag">retired</span>}
        </p>
      </div>
      <PoolNumbers pool={pool} />
      <PortLegend counts={counts} palette={palette} />
      {blocks.map((block) => (
        <BlockPorts key={block.blockId} block={block} isAlone={blocks.length === 1} />
      ))}
      {blocks.length === 0 && <Empty title="This pool has no block now" />}
    </section>
  );
}

function BlockPorts({
  block,
  isAlone,
}: {
  readonly block: Block;
  readonly isAlone: boolean;
}): VNode {
  const { live } = useDashboard();
  const map = live.state.value.portMaps.get(block.blockId);
  const [picked, setPicked] = useState<number | null>(null);
  const isPlain = isAlone && block.state === "STATE_ACTIVE";
  const range = portsText(block.firstPort, block.portCount);
  return (
    <div class="block">
      <h3 class="block-title">
        <span class="mono">{range}</span>
        <span class="quiet">{plural(block.portCount, "port")}</span>
        {!isPlain && <BlockStateBadge state={block.state} />}
        {!isAlone && <span class="quiet mono">{block.blockId}</span>}
      </h3>
      {map !== undefined && (
        <PortGrid map={map} pool={block.pool} picked={picked} onPick={setPicked} />
      )}
      {map !== undefined && picked !== null && (
        <PortDetails
          key={picked}
          block={block}
          port={picked}
          state={map.states[picked - block.firstPort] ?? 0}
        />
      )}
    </div>
  );
}
