// What `portlease top` knows after the messages of a stream.

import assert from "node:assert/strict";
import { BrokerNotice, WatchBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import { Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { eventsKeptMax } from "#cli/top/live-host.js";
import { heard, type TopModel } from "#cli/top/top-model.js";
import { block, firstMessage, pool, seenAtMs, usage, worldOf } from "./support/top-worlds.js";

const web = pool("web", usage(1, 7));
const orders = pool("orders", usage(2, 6));
const begun = worldOf(firstMessage([web, orders], {}, [block(web, 20_000), block(orders, 30_000)]));

function after(changes: Partial<WatchBrokerResponse>): TopModel {
  const message = { ...WatchBrokerResponse.fromPartial({}), ...changes };
  return heard(begun, message, false, seenAtMs + 1_000);
}

describe("what top knows", () => {
  it("has pools by name and blocks by pool and place", () => {
    const { pools, blocks } = begun.host;
    assert.deepEqual(
      pools.map(({ pool: name }) => name),
      ["orders", "web"],
    );
    assert.deepEqual(
      blocks.map(({ firstPort }) => firstPort),
      [30_000, 20_000],
    );
  });

  it("takes what has changed and what is gone, and keeps the rest", () => {
    const { host } = after({
      pools: [pool("web", usage(5, 3))],
      removedPools: ["orders"],
      removedBlockIds: ["orders-tcp-30000"],
    });
    assert.deepEqual(
      host.pools.map(({ usage: used }) => used?.leased),
      [5],
    );
    assert.deepEqual(
      host.blocks.map(({ blockId }) => blockId),
      ["web-tcp-20000"],
    );
    assert.equal(host.broker.host, "db1");
  });

  it("has a block that was removed and is there again", () => {
    const again = block(web, 20_000, { state: Block_State.STATE_DRAINING });
    const { host } = after({ removedBlockIds: [again.blockId], blocks: [again] });
    assert.deepEqual(
      host.blocks.map(({ state }) => state),
      [Block_State.STATE_ACTIVE, Block_State.STATE_DRAINING],
    );
  });

  it("counts the uptime on where the broker does not tell it again", () => {
    assert.equal(begun.host.startedAtMs, seenAtMs - 90_000_000);
    assert.equal(after({}).host.startedAtMs, begun.host.startedAtMs);
  });

  it("has the newest events first, some of them, and how many were left out", () => {
    const events = Array.from({ length: eventsKeptMax }, (_none, index) => {
      const value = BrokerNotice.fromPartial({ reason: `N${index}` });
      return { eventTime: undefined, event: { $case: "notice" as const, value } };
    });
    const { host } = after({ events, skippedEvents: 7 });
    assert.equal(host.events.length, eventsKeptMax);
    const [newest] = host.events;
    assert.ok(newest?.event?.$case === "notice");
    assert.equal(newest.event.value.reason, `N${eventsKeptMax - 1}`);
    assert.equal(host.skippedEvents, 7);
  });

  it("forgets all but events and leases when a stream begins anew", () => {
    const lost = { ...begun, lost: true };
    const next = heard(lost, firstMessage([web], { host: "db2" }), true, seenAtMs + 9_000);
    assert.deepEqual(next.host.pools, [web]);
    assert.equal(next.host.events.length, 2);
    assert.equal(next.leases, begun.leases);
    assert.deepEqual([next.lost, next.heardAtMs], [false, seenAtMs + 9_000]);
  });
});
