// Blocks as messages, whatever state they are in.

import {
  type Block as WireBlock,
  Block_State,
  type PortUsage as WireUsage,
} from "@portlease/proto/portlease/v1/pool.js";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import type { Drift } from "../domain/block-drift.js";
import type { IdleBlock } from "../domain/idle-blocks.js";
import { PortBlock } from "../domain/port-block.js";
import { formatPortRange, portCountOf, type PortRange } from "../domain/port-range.js";
import type { BlockRecord } from "../domain/records.js";
import { toWireUsage, wireBindMethod, wireKind, wireProtocol } from "./convert.js";

/** Keeps a block's message small however scattered its uncovered ports are; the API documents the bound. */
const uncoveredTextMax = 1_000;

export function toWireBlock(block: PortBlock | IdleBlock, drift: Drift | null): WireBlock {
  return block instanceof PortBlock ? toServedBlock(block, drift) : toIdleBlock(block);
}

function toServedBlock(block: PortBlock, drift: Drift | null): WireBlock {
  const { record, reservation } = block;
  const lost = drift?.whole === true ? Block_State.STATE_UNAVAILABLE : Block_State.STATE_ACTIVE;
  return {
    ...sameOfAll(record),
    state: record.draining ? Block_State.STATE_DRAINING : lost,
    bindMethod: wireBindMethod[reservation.bindMethod],
    usage: toWireUsage({ ...block.usage(), largestFreeRun: block.longestFreeRun() }),
    uncoveredPorts: formatPorts(reservation.uncoveredPorts()),
    detail: drift === null ? "" : driftDetail(drift),
  };
}

function driftDetail({ ports, detail }: Drift): string {
  const text = ports.map(formatPortRange).join(", ");
  const shown = text.length <= uncoveredTextMax ? text : `${text.slice(0, uncoveredTextMax - 1)}…`;
  return `${shown}: ${detail}`;
}

/** Nothing can be leased from it: all of its ports are out of use. */
function toIdleBlock({ record, state, detail }: IdleBlock): WireBlock {
  const total = portCountOf(record.ports);
  const usage: WireUsage = {
    total,
    free: 0,
    leased: 0,
    quarantined: 0,
    unavailable: total,
    largestFreeRun: 0,
  };
  return {
    ...sameOfAll(record),
    state: state === "ambiguous" ? Block_State.STATE_AMBIGUOUS : Block_State.STATE_DRAINING,
    bindMethod: BindMethod.BIND_METHOD_UNSPECIFIED,
    usage,
    uncoveredPorts: "",
    detail,
  };
}

function sameOfAll({
  blockId,
  pool,
  protocol,
  kind,
  ports,
}: BlockRecord): Pick<
  WireBlock,
  "blockId" | "createTime" | "firstPort" | "kind" | "pool" | "portCount" | "protocol"
> {
  return {
    blockId,
    pool,
    protocol: wireProtocol[protocol],
    kind: wireKind[kind],
    firstPort: ports.firstPort,
    portCount: portCountOf(ports),
    createTime: undefined,
  };
}

/** "20007, 20010-20012", cut at a documented length. */
function formatPorts(ports: readonly number[]): string {
  const ranges: PortRange[] = [];
  for (const port of ports) {
    const last = ranges.at(-1);
    if (last !== undefined && last.lastPort === port - 1) {
      ranges[ranges.length - 1] = { firstPort: last.firstPort, lastPort: port };
    } else {
      ranges.push({ firstPort: port, lastPort: port });
    }
  }
  const text = ranges.map(formatPortRange).join(", ");
  return text.length <= uncoveredTextMax ? text : `${text.slice(0, uncoveredTextMax - 1)}…`;
}
