// What is known of a broker's host, put together from the messages of WatchBroker: the first of a stream has everything, later ones
// have what has changed.

import {
  type BrokerEvent,
  GetBrokerResponse,
  type WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { Block, Pool } from "@portlease/proto/portlease/v1/pool.js";
import { durationMs } from "../duration-ms.js";

export interface LiveHost {
  readonly broker: GetBrokerResponse;
  /** When the broker started, by the monotonic clock of this process: its uptime is told rarely. */
  readonly startedAtMs: number;
  /** By name. */
  readonly pools: readonly Pool[];
  /** By pool, protocol and first port. */
  readonly blocks: readonly Block[];
  /** Newest first. */
  readonly events: readonly BrokerEvent[];
  /** How many events were not sent because there were too many. */
  readonly skippedEvents: number;
}

/** No screen has more lines for them; more are in `portlease history`. */
export const eventsKeptMax = 200;

/** What is known after the first message of a stream; the events that were seen before stay. */
export function hostAtFirst(
  before: LiveHost | null,
  message: WatchBrokerResponse,
  nowMs: number,
): LiveHost {
  const { events = [], skippedEvents = 0 } = before ?? {};
  const nothing: LiveHost = {
    broker: GetBrokerResponse.fromPartial({}),
    startedAtMs: nowMs,
    pools: [],
    blocks: [],
    events,
    skippedEvents,
  };
  return hostAfter(nothing, message, nowMs);
}

/** What is known after another message. `nowMs` is monotonic. */
export function hostAfter(before: LiveHost, message: WatchBrokerResponse, nowMs: number): LiveHost {
  const { broker } = message;
  return {
    broker: broker ?? before.broker,
    startedAtMs:
      broker === undefined ? before.startedAtMs : nowMs - (durationMs(broker.uptime) ?? 0),
    pools: merged(before.pools, message.pools, message.removedPools, ({ pool }) => pool).toSorted(
      (a, b) => compareText(a.pool, b.pool),
    ),
    // A block that was removed and made again is in both lists: the removal is the older news.
    blocks: merged(
      before.blocks,
      message.blocks,
      message.removedBlockIds,
      ({ blockId }) => blockId,
    ).toSorted(byPlace),
    events: [...message.events.toReversed(), ...before.events].slice(0, eventsKeptMax),
    skippedEvents: before.skippedEvents + message.skippedEvents,
  };
}

function merged<T>(
  known: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
  keyOf: (item: T) => string,
): readonly T[] {
  const byKey = new Map(known.map((item) => [keyOf(item), item]));
  for (const key of removed) byKey.delete(key);
  for (const item of changed) byKey.set(keyOf(item), item);
  return [...byKey.values()];
}

function byPlace(a: Block, b: Block): number {
  return compareText(a.pool, b.pool) || a.protocol - b.protocol || a.firstPort - b.firstPort;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
