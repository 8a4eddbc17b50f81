// What the dashboard knows of the broker, put together from the messages of WatchBroker: the first has everything, later ones
// have what has changed.

import type {
  Block,
  Broker,
  BrokerEvent,
  LeaseEvent,
  LiveUpdate,
  Pool,
  PortRun,
} from "../api/messages.js";
import { emptyPortMap, type PortMap, withRuns } from "./port-map.js";

/** An event with a number of its own, so that a list of them can be kept in place while it grows. */
export interface NumberedEvent {
  readonly number: number;
  readonly event: BrokerEvent;
}

export interface LiveState {
  readonly broker: Broker | null;
  readonly revision: string;
  /** By name. */
  readonly pools: readonly Pool[];
  /** By protocol and first port. */
  readonly blocks: readonly Block[];
  /** By block id. */
  readonly portMaps: ReadonlyMap<string, PortMap>;
  /** Newest first. */
  readonly events: readonly NumberedEvent[];
  /** How many events were not sent since the page was opened. */
  readonly skippedEvents: number;
  readonly eventCount: number;
}

/** More are in the history of each lease; a list of some hundreds is what a person scrolls. */
export const eventsKeptMax = 500;

export const nothingKnown: LiveState = {
  broker: null,
  revision: "0",
  pools: [],
  blocks: [],
  portMaps: new Map(),
  events: [],
  skippedEvents: 0,
  eventCount: 0,
};

/** The first message of a stream replaces what was known, except the events that were seen. */
export function beginStream(state: LiveState, update: LiveUpdate): LiveState {
  const { events, skippedEvents, eventCount } = state;
  return applyUpdate({ ...nothingKnown, events, skippedEvents, eventCount }, update);
}

export function applyUpdate(state: LiveState, update: LiveUpdate): LiveState {
  const blocks = merged(state.blocks, update.blocks, update.removedBlockIds, blockKey, byPlace);
  return {
    broker: update.broker ?? state.broker,
    revision: update.revision,
    pools: merged(state.pools, update.pools, update.removedPools, poolKey, byName),
    blocks,
    portMaps: nextMaps(state, blocks, update.ports),
    ...nextEvents(state, update),
  };
}

const blockKey = (block: Block): string => block.blockId;
const poolKey = (pool: Pool): string => pool.pool;
const byName = (a: Pool, b: Pool): number => a.pool.localeCompare(b.pool);
const byPlace = (a: Block, b: Block): number =>
  a.protocol.localeCompare(b.protocol) || a.firstPort - b.firstPort;

function merged<T>(
  known: readonly T[],
  changed: readonly T[],
  removed: readonly string[],
  keyOf: (item: T) => string,
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (changed.length === 0 && removed.length === 0) return known;
  const byKey = new Map(known.map((item) => [keyOf(item), item]));
  for (const key of removed) byKey.delete(key);
  for (const item of changed) byKey.set(keyOf(item), item);
  return [...byKey.values()].toSorted(compare);
}

function nextMaps(
  state: LiveState,
  blocks: readonly Block[],
  runs: readonly PortRun[],
): ReadonlyMap<string, PortMap> {
  if (blocks === state.blocks && runs.length === 0) return state.portMaps;
  const runsOf = new Map<string, PortRun[]>();
  for (const run of runs) {
    const others = runsOf.get(run.blockId);
    if (others === undefined) runsOf.set(run.blockId, [run]);
    else others.push(run);
  }
  return new Map(
    blocks.map(({ blockId, firstPort, portCount }) => {
      const known = state.portMaps.get(blockId);
      const fits = known?.firstPort === firstPort && known.states.length === portCount;
      const map = known !== undefined && fits ? known : emptyPortMap(firstPort, portCount);
      return [blockId, withRuns(map, runsOf.get(blockId) ?? [])];
    }),
  );
}

/** The newest of what was in the history already, below what the stream has told. */
export function withEarlierEvents(state: LiveState, earlier: readonly LeaseEvent[]): LiveState {
  const told = new Set(state.events.map(({ event }) => event.lease?.revision));
  const added = earlier
    .filter(({ revision }) => !told.has(revision))
    .toReversed()
    .map((lease, index) => ({ number: -index, event: { ...eventTimeOf(lease), lease } }));
  return { ...state, events: [...state.events, ...added].slice(0, eventsKeptMax) };
}

function eventTimeOf({ eventTime }: LeaseEvent): Pick<BrokerEvent, "eventTime"> {
  return eventTime === undefined ? {} : { eventTime };
}

function nextEvents(
  state: LiveState,
  update: LiveUpdate,
): Pick<LiveState, "events" | "skippedEvents" | "eventCount"> {
  const skippedEvents = state.skippedEvents + update.skippedEvents;
  if (update.events.length === 0) {
    return { events: state.events, skippedEvents, eventCount: state.eventCount };
  }
  const added = update.events
    .map((event, index) => ({ number: state.eventCount + index + 1, event }))
    .toReversed();
  return {
    events: [...added, ...state.events].slice(0, eventsKeptMax),
    skippedEvents,
    eventCount: state.eventCount + update.events.length,
  };
}
