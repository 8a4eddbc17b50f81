// Puts together what shows the broker live: pictures of it as GetBroker, ListPools and ListBlocks tell it, their readers, and how
// its pools were used over time.

import type { BlockManager } from "../blocks/block-manager.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { LiveEvents } from "../live/live-events.js";
import { UsageHistory } from "../live/usage-history.js";
import type { Log } from "../log.js";
import { type BrokerFacts, toBroker, type Whereabouts } from "./admin-service.js";
import { BrokerPictures } from "./broker-pictures.js";
import { LiveWatches } from "./live-watches.js";
import { toWireBlock } from "./wire-block.js";
import { byName, toWirePool } from "./wire-pool.js";

export interface LiveViewParts {
  readonly broker: Broker;
  readonly blocks: BlockManager;
  /** The broker's, which may stand still. */
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly facts: BrokerFacts;
  readonly whereabouts: () => Whereabouts;
  readonly events: LiveEvents;
  readonly log: Log;
}

/** Both are to be given their turns; `live` is to be stopped with the broker. */
export interface LiveView {
  readonly live: LiveWatches;
  readonly usage: UsageHistory;
}

export function openLiveView(parts: LiveViewParts): LiveView {
  const { broker, blocks, clock, realClock, facts, whereabouts, events, log } = parts;
  const source = {
    broker,
    showBroker: () => toBroker(broker, clock, facts, whereabouts()),
    showPools: () => byName(broker.pools).map((pool) => toWirePool(pool, broker)),
    showBlocks: () => blocks.list().map((block) => toWireBlock(block, blocks.driftOf(block))),
  };
  const pictures = new BrokerPictures(source, realClock);
  return {
    live: new LiveWatches({ pictures, events, clock: realClock, log }),
    usage: new UsageHistory(broker, realClock),
  };
}
