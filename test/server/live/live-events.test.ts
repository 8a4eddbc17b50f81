// What live views are told to have happened: changes of leases from the store, the core's other events as notices.

import assert from "node:assert/strict";
import type { BrokerEvent } from "#server/domain/events.js";
import type { SealedChange } from "#server/domain/records.js";
import { LiveEvents } from "#server/live/live-events.js";
import { toNotice } from "#server/live/notices.js";
import { eventsMax, RecentEvents } from "#server/live/recent-events.js";
import { brokerFixture, request } from "../../support/broker-fixture.js";
import { FakeClock } from "../../support/fake-clock.js";

describe("Recent events", () => {
  it("are told from where a reader is, the last ones where they are too many", () => {
    const recent = new RecentEvents<number>();
    for (let number = 0; number < 5; number += 1) recent.add(number);
    assert.deepEqual(recent.since(2, 10), { items: [2, 3, 4], skipped: 0 });
    assert.deepEqual(recent.since(0, 2), { items: [3, 4], skipped: 3 });
    assert.deepEqual(recent.since(5, 2), { items: [], skipped: 0 });
  });

  it("are kept as far as one reader may ask, and counted beyond", () => {
    const recent = new RecentEvents<number>();
    for (let number = 0; number < 2 * eventsMax + 7; number += 1) recent.add(number);
    const { items, skipped } = recent.since(0, 5 * eventsMax);
    assert.equal(skipped, eventsMax + 7);
    assert.deepEqual(
      items,
      Array.from({ length: eventsMax }, (_, index) => eventsMax + 7 + index),
    );
  });
});

describe("Live events", () => {
  const published: BrokerEvent = { type: "store_failed", reason: "the disk is full" };

  /** A grant as it goes to disk. */
  async function aGrant(): Promise<SealedChange> {
    const { broker } = await brokerFixture();
    const { lease } = await broker.acquire(request());
    const { record } = lease;
    const { revision, createdWallMs: wallMs } = record;
    return { revision, wallMs, change: { type: "lease_granted", lease: record } };
  }

  it("are kept while somebody reads them, and no longer", async () => {
    const events = new LiveEvents(new FakeClock());
    const grant = await aGrant();
    events.committed([grant]);
    events.publish(published);
    const begin = events.join();
    assert.deepEqual(events.since(begin, 10).items, []);
    events.committed([grant]);
    events.publish(published);
    assert.deepEqual(
      events.since(begin, 10).items.map(({ change, notice }) => change?.revision ?? notice?.reason),
      [grant.revision, "STORE_FAILED"],
    );
    events.leave();
    events.publish(published);
    assert.equal(events.since(begin, 10).items.length, 2);
  });

  it("leave out what is no event of a lease, and do not tell those twice", async () => {
    const events = new LiveEvents(new FakeClock());
    events.join();
    const grant = await aGrant();
    events.committed([
      { revision: 1, wallMs: 0, change: { type: "lease_forgotten", generation: 1 } },
    ]);
    if (grant.change.type !== "lease_granted") throw new Error("a grant was expected");
    const { lease } = grant.change;
    events.publish({ type: "lease_granted", revision: 2, wallMs: 0, lease });
    assert.equal(events.count, 0);
  });
});

describe("Notices", () => {
  const ports = [{ firstPort: 20_000, lastPort: 20_003 }];
  const cases: readonly (readonly [BrokerEvent, string, string, RegExp])[] = [
    [{ type: "stalled", gapMs: 2_500 }, "STALLED", "warning", /2\.5 s/],
    [{ type: "store_failed", reason: "no space" }, "STORE_FAILED", "critical", /no space/],
    [{ type: "store_recovered", revision: 7 }, "STORE_RECOVERED", "info", /revision 7/],
    [{ type: "audit_blind", reason: "denied" }, "AUDIT_BLIND", "warning", /denied/],
    [
      { type: "port_in_use", port: 20_001, reason: "busy" },
      "PORT_IN_USE",
      "warning",
      /20001.*busy/,
    ],
    [
      { type: "port_contested", leaseId: "l", port: 20_001, detail: "two" },
      "PORT_CONTESTED",
      "warning",
      /20001.*two/,
    ],
    [
      { type: "lease_unprotected", leaseId: "l", port: 20_001, reason: "held" },
      "LEASE_UNPROTECTED",
      "warning",
      /20001.*held/,
    ],
    [
      { type: "block_drifted", blockId: "b", ports, detail: "gone", repaired: false },
      "BLOCK_DRIFTED",
      "warning",
      /20000-20003.*gone/,
    ],
    [
      { type: "block_drifted", blockId: "b", ports, detail: "gone", repaired: true },
      "BLOCK_REPAIRED",
      "info",
      /held again/,
    ],
    [{ type: "block_removed", blockId: "b" }, "BLOCK_REMOVED", "info", /block b/],
    [
      { type: "block_not_removed", blockId: "b", reason: "denied", retryInMs: 1_000 },
      "BLOCK_NOT_REMOVED",
      "warning",
      /denied.*1\.0 s/,
    ],
    [
      { type: "pool_not_grown", pool: "web", portCount: 64, reason: "no range", retryInMs: 2_000 },
      "POOL_NOT_GROWN",
      "warning",
      /"web".*64 ports.*no range/,
    ],
  ];
  for (const [event, reason, severity, says] of cases) {
    it(`tell ${event.type} as ${reason}`, () => {
      const notice = toNotice(event);
      assert.equal(notice?.reason, reason);
      assert.equal(notice.severity, severity);
      assert.match(notice.message, says);
    });
  }

  it("name the block or the port that they are about", () => {
    assert.equal(toNotice({ type: "block_removed", blockId: "b" })?.blockId, "b");
    assert.equal(toNotice({ type: "port_in_use", port: 20_001, reason: "" })?.port, 20_001);
  });

  it("are short, however much is lost", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      firstPort: 20_000 + 2 * index,
      lastPort: 20_000 + 2 * index,
    }));
    const lost = { type: "block_drifted", blockId: "b", detail: "gone", repaired: false } as const;
    assert.equal(toNotice({ ...lost, ports: many })?.message.length, 1_000);
  });
});
