// What the dashboard knows after the messages of WatchBroker: everything first, then what has changed.

import assert from "node:assert/strict";
import type { Block, Broker, LeaseEvent, LiveUpdate, Pool } from "#dashboard/api/messages.js";
import {
  applyUpdate,
  beginStream,
  eventsKeptMax,
  nothingKnown,
  withEarlierEvents,
} from "#dashboard/model/live-state.js";

const update = (fields: Partial<LiveUpdate> = {}): LiveUpdate => ({
  revision: "1",
  pools: [],
  removedPools: [],
  blocks: [],
  removedBlockIds: [],
  ports: [],
  events: [],
  skippedEvents: 0,
  ...fields,
});

const block = (blockId: string, firstPort: number, portCount = 4): Block =>
  ({ blockId, firstPort, portCount, protocol: "PROTOCOL_TCP", state: "STATE_ACTIVE" }) as Block;

const pool = (name: string, size = 4): Pool => ({ pool: name, size }) as Pool;
const broker = (host: string): Broker => ({ host }) as Broker;
const event = (time: string) => ({ eventTime: time });

const run = (blockId: string, firstPort: number, portCount: number, state: string) => ({
  blockId,
  firstPort,
  portCount,
  state,
});

const first = beginStream(
  nothingKnown,
  update({
    broker: broker("a"),
    pools: [pool("web"), pool("default")],
    blocks: [block("b2", 30_000), block("b1", 20_000)],
    ports: [run("b1", 20_000, 4, "PORT_STATE_FREE"), run("b2", 30_000, 4, "PORT_STATE_BOUND")],
  }),
);

describe("the live state", () => {
  it("has everything after the first message, in order", () => {
    assert.equal(first.broker?.host, "a");
    assert.deepEqual(
      first.pools.map((each) => each.pool),
      ["default", "web"],
    );
    assert.deepEqual(
      first.blocks.map((each) => each.blockId),
      ["b1", "b2"],
    );
    assert.deepEqual([...(first.portMaps.get("b2")?.states ?? [])], [5, 5, 5, 5]);
  });

  it("keeps what a later message does not tell", () => {
    const next = applyUpdate(first, update({ revision: "2" }));
    assert.equal(next.revision, "2");
    assert.equal(next.broker, first.broker);
    assert.equal(next.pools, first.pools);
    assert.equal(next.blocks, first.blocks);
    assert.equal(next.portMaps, first.portMaps);
  });

  it("replaces what has changed, and takes away what is gone", () => {
    const next = applyUpdate(
      first,
      update({ pools: [pool("default", 9)], removedPools: ["web"], removedBlockIds: ["b2"] }),
    );
    assert.deepEqual(next.pools, [pool("default", 9)]);
    assert.deepEqual([...next.portMaps.keys()], ["b1"]);
  });

  it("changes the ports of the block they belong to, and leaves the other maps as they are", () => {
    const next = applyUpdate(first, update({ ports: [run("b1", 20_001, 1, "PORT_STATE_LEASED")] }));
    assert.deepEqual([...(next.portMaps.get("b1")?.states ?? [])], [1, 4, 1, 1]);
    assert.equal(next.portMaps.get("b2"), first.portMaps.get("b2"));
  });

  it("begins a map anew when a block is of another size", () => {
    const next = applyUpdate(first, update({ blocks: [block("b1", 20_000, 8)] }));
    assert.equal(next.portMaps.get("b1")?.states.length, 8);
  });

  it("has the newest event first, each with a number of its own", () => {
    const one = applyUpdate(first, update({ events: [event("1"), event("2")] }));
    const two = applyUpdate(one, update({ events: [event("3")] }));
    assert.deepEqual(
      two.events.map((each) => [each.number, each.event.eventTime]),
      [
        [3, "3"],
        [2, "2"],
        [1, "1"],
      ],
    );
  });

  it("keeps a bounded number of events, and counts those that were not sent", () => {
    const many = Array.from({ length: eventsKeptMax + 20 }, (_, index) => event(String(index)));
    const next = applyUpdate(first, update({ events: many, skippedEvents: 7 }));
    assert.equal(next.events.length, eventsKeptMax);
    assert.equal(next.events[0]?.event.eventTime, String(eventsKeptMax + 19));
    assert.equal(applyUpdate(next, update({ skippedEvents: 5 })).skippedEvents, 12);
  });

  it("has what happened before the page was opened below, and nothing twice", () => {
    const lease = (revision: string) => ({ revision, eventTime: revision }) as LeaseEvent;
    const seen = applyUpdate(first, update({ events: [{ lease: lease("3") }] }));
    const all = withEarlierEvents(seen, [lease("1"), lease("2"), lease("3")]);
    assert.deepEqual(
      all.events.map((each) => each.event.lease?.revision),
      ["3", "2", "1"],
    );
    assert.equal(new Set(all.events.map(({ number }) => number)).size, 3);
    assert.equal(all.eventCount, seen.eventCount);
  });

  it("forgets everything but the events when a new stream begins", () => {
    const seen = applyUpdate(first, update({ events: [event("1")] }));
    const again = beginStream(seen, update({ pools: [pool("only")] }));
    assert.equal(again.broker, null);
    assert.deepEqual(again.pools, [pool("only")]);
    assert.equal(again.portMaps.size, 0);
    assert.equal(again.events.length, 1);
  });
});
