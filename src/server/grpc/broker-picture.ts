// What a live view shows at one moment, as messages, and what differs between two of them. Pictures are never changed once made,
// and parts that stayed as they were are shared from one to the next: so a difference costs little, and is made once for all
// readers who were sent the same picture before.

import type {
  GetBrokerResponse,
  WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Block as WireBlock, Pool as WirePool } from "@portlease/proto/portlease/v1/pool.js";
import type { BlockPorts } from "../live/port-states.js";
import { changedRuns } from "../live/state-runs.js";
import { toWireRun } from "./wire-live.js";

/** A message, and its bytes to tell whether it is another than before. */
export interface Shown<Message> {
  readonly message: Message;
  readonly bytes: Uint8Array;
}

export interface Picture {
  /** Every change up to this revision is in it. */
  readonly revision: number;
  /** Its message is of this moment; the bytes are shared where it differs by nothing but times and counts that the pools tell. */
  readonly broker: Shown<GetBrokerResponse>;
  /** By name, in the order of names. */
  readonly pools: ReadonlyMap<string, Shown<WirePool>>;
  /** By id, in the order of first ports. */
  readonly blocks: ReadonlyMap<string, Shown<WireBlock>>;
  /** By block; `null`: nobody asked for ports. */
  readonly ports: ReadonlyMap<string, BlockPorts> | null;
}

/** A part of a live view, without what has happened. */
export type PictureChange = Omit<WatchBrokerResponse, "events" | "skippedEvents">;

/** Everything where `before` is `null`. `withPorts`: both pictures have them. */
export function changeOf(before: Picture | null, now: Picture, withPorts: boolean): PictureChange {
  const ports = withPorts ? (now.ports ?? []) : [];
  return {
    revision: BigInt(now.revision),
    broker: before?.broker.bytes === now.broker.bytes ? undefined : now.broker.message,
    pools: changed(before?.pools, now.pools),
    removedPools: removed(before?.pools, now.pools),
    blocks: changed(before?.blocks, now.blocks),
    removedBlockIds: removed(before?.blocks, now.blocks),
    ports: [...ports].flatMap(([blockId, block]) =>
      changedRuns(before?.ports?.get(blockId), block).map(toWireRun),
    ),
  };
}

function changed<Message>(
  before: ReadonlyMap<string, Shown<Message>> | undefined,
  now: ReadonlyMap<string, Shown<Message>>,
): Message[] {
  return [...now]
    .filter(([key, shown]) => before?.get(key) !== shown)
    .map(([, shown]) => shown.message);
}

function removed(
  before: ReadonlyMap<string, unknown> | undefined,
  now: ReadonlyMap<string, unknown>,
): string[] {
  return [...(before?.keys() ?? [])].filter((key) => !now.has(key));
}
