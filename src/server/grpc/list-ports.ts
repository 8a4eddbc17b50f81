// ListPorts: the states of ports now, in runs.

import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  ListPortsRequest,
  ListPortsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { BlockRecord, Protocol } from "../domain/records.js";
import { poolNotFound } from "../domain/refusals.js";
import { Slices } from "../domain/slices.js";
import { readPortStates } from "../live/port-states.js";
import { runsOf } from "../live/state-runs.js";
import { toWireRun } from "./wire-live.js";

const protocolOrder: readonly Protocol[] = ["tcp", "udp", "tcp-and-udp"];

/** Rejects with pool_not_found or block_not_found. */
export async function listPorts(
  broker: Broker,
  clock: Clock,
  { pool, blockId }: ListPortsRequest,
): Promise<ListPortsResponse> {
  const names = broker.pools.map(({ policy }) => policy.name);
  if (pool !== "" && !names.includes(pool)) throw poolNotFound(pool, names);
  const all = [...broker.blocks.served, ...broker.blocks.idle];
  const chosen = blockId === "" ? all : [broker.blocks.find(blockId)];
  const wanted = chosen
    .filter(({ record }) => pool === "" || record.pool === pool)
    .toSorted((a, b) => byProtocolAndPort(a.record, b.record));
  const { revision } = broker;
  const read = await readPortStates(wanted, broker, new Slices(clock, () => nextTurn()));
  return { runs: read.flatMap(runsOf).map(toWireRun), revision: BigInt(revision) };
}

function byProtocolAndPort(a: BlockRecord, b: BlockRecord): number {
  const protocols = protocolOrder.indexOf(a.protocol) - protocolOrder.indexOf(b.protocol);
  return protocols === 0 ? a.ports.firstPort - b.ports.firstPort : protocols;
}
