// What operators do with pools: refused before anything is written, on disk before it is answered, and there again afterwards.

import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import { emptyAdjustment } from "#server/domain/pool-adjustment.js";
import type { AdjustedPolicy } from "#server/domain/records.js";
import { pinsPerPoolMax, quotasPerPoolMax } from "#server/domain/steering-checks.js";
import { refusal } from "../../support/broker-error.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { Outcomes, waiting } from "../../support/full-broker.js";

const none = emptyAdjustment("").policy;
const values = (fields: Partial<AdjustedPolicy>, reset = false) => ({
  values: { ...none, ...fields },
  reset,
});
const pin = (port: number, service = "gateway", instance = "") => ({ port, service, instance });
const by = (service: string, fields: Partial<AcquireRequest> = {}) =>
  request({ holder: { service, instance: "", labels: {}, process: null }, ...fields });

function policyOf({ broker }: BrokerFixture) {
  const policy = broker.pools[0]?.policy;
  assert.ok(policy !== undefined);
  return policy;
}

describe("UpdatePool in the core", () => {
  it("changes what is set and keeps the rest, also after a restart and a change of the configuration", async () => {
    const fixture = await brokerFixture();
    const { broker, store } = fixture;
    await broker.steering.update("", values({ ttlMaxMs: 60_000 }));
    await broker.steering.update("default", values({ quarantineMs: 0 }));
    assert.deepEqual([policyOf(fixture).ttlMaxMs, policyOf(fixture).quarantineMs], [60_000, 0]);
    const configured = broker.pools[0]?.configured;
    assert.ok(configured !== undefined);
    broker.policies.change({ ...configured, ttlMaxMs: 50_000, ttlDefaultMs: 20_000 });
    assert.deepEqual(
      [policyOf(fixture).ttlMaxMs, policyOf(fixture).ttlDefaultMs],
      [60_000, 20_000],
    );
    const { adjustments } = await store.load();
    assert.deepEqual(adjustments, broker.policies.adjustments);
    assert.deepEqual(adjustments[0]?.policy, { ...none, ttlMaxMs: 60_000, quarantineMs: 0 });
  });

  it("gives the configuration its word back with reset, and nothing is left on disk", async () => {
    const fixture = await brokerFixture();
    const { broker, store } = fixture;
    await broker.steering.update("", values({ ttlMaxMs: 60_000, quarantineMs: 0 }));
    await broker.steering.update("", values({ quarantineMs: 1_000 }, true));
    assert.deepEqual(
      [policyOf(fixture).ttlMaxMs, policyOf(fixture).quarantineMs],
      [3_600_000, 1_000],
    );
    await broker.steering.update("", values({}, true));
    assert.equal(policyOf(fixture).quarantineMs, 5_000);
    assert.equal(broker.policies.isAdjusted("default"), false);
    assert.deepEqual((await store.load()).adjustments, []);
  });

  it("refuses values that make no sense, alone or together, and writes nothing", async () => {
    const fixture = await brokerFixture();
    const { broker, store } = fixture;
    for (const [wrong, field] of [
      [{ ttlMaxMs: 20_000 }, "max_ttl"],
      [{ ttlMinMs: 40_000 }, "min_ttl"],
      [{ ttlDefaultMs: 99 }, "default_ttl"],
      [{ ttlMaxMs: 31 * 86_400_000 }, "max_ttl"],
      [{ quarantineMs: 3_600_001 }, "quarantine"],
      [{ sizeMax: 7 }, "max_size"],
      [{ sizeMax: 65_536 }, "max_size"],
      [{ portCountMax: 0 }, "max_port_count"],
      [{ portCountMax: 9 }, "max_port_count"],
    ] as const) {
      const error = await refusal(broker.steering.update("", values(wrong)), "field_invalid");
      assert.equal(error.details.field, field);
      assert.throws(() => broker.steering.planUpdate("", values(wrong)), {
        message: error.message,
      });
    }
    await refusal(broker.steering.update("nothing", values({})), "pool_not_found");
    await refusal(broker.steering.update("nothing", values({}, true)), "pool_not_found");
    assert.equal(store.batches.length, 0);
  });

  it("only says what would be", async () => {
    const fixture = await brokerFixture();
    const { policy } = fixture.broker.steering.planUpdate("", values({ ttlMaxMs: 60_000 }));
    assert.equal(policy.ttlMaxMs, 60_000);
    assert.equal(policyOf(fixture).ttlMaxMs, 3_600_000);
    assert.equal(fixture.store.batches.length, 0);
  });

  it("drops what is left of a pool that is gone, and only when asked to", async () => {
    const first = await brokerFixture({ policy: { name: "gone" } });
    await first.broker.steering.pin("gone", pin(20_001));
    const { broker } = await brokerFixture({ store: first.store });
    await refusal(broker.steering.update("gone", values({ quarantineMs: 0 })), "pool_not_found");
    assert.equal(broker.policies.isAdjusted("gone"), true);
    assert.equal(await broker.steering.update("gone", values({}, true)), null);
    assert.deepEqual((await first.store.load()).adjustments, []);
  });
});

describe("What operators change while the store fails (semantics 1)", () => {
  it("is refused, and nothing of it counts unless it is on disk after all", async () => {
    for (const when of ["before", "after"] as const) {
      const fixture = await brokerFixture();
      const { broker, store, clock } = fixture;
      store.failure = when;
      await refusal(broker.steering.pin("", pin(20_001)), "store_unavailable");
      await refusal(broker.steering.setQuota("", "a", 1, false), "store_unavailable");
      await refusal(() => broker.steering.planUpdate("", values({})), "store_unavailable");
      assert.deepEqual(broker.steering.pins(), []);
      store.failure = "none";
      clock.advance(1_000);
      broker.advance();
      await settle();
      assert.equal(broker.readOnlyReason, null);
      assert.equal(broker.steering.pins().length, when === "after" ? 1 : 0);
      assert.equal(policyOf(fixture).pins.length, when === "after" ? 1 : 0);
    }
  });

  it("is not answered before it is on disk, and two at once lose nothing", async () => {
    const { broker, store } = await brokerFixture();
    const outcomes: string[] = [];
    const gate = store.hold();
    const both = [20_001, 20_002].map((port) =>
      broker.steering.pin("", pin(port)).then(() => outcomes.push(String(port))),
    );
    await settle();
    assert.deepEqual(outcomes, []);
    gate.open();
    await Promise.all(both);
    assert.deepEqual(
      broker.steering.pins().map(({ port }) => port),
      [20_001, 20_002],
    );
  });
});

describe("Pins by operators", () => {
  it("keep a port from others, and the end of the pin lets them have it", async () => {
    const { broker } = await brokerFixture({
      policy: { size: 1, quarantineMs: 0, portCountMax: 1 },
    });
    assert.equal(await broker.steering.pin("", pin(20_000)), false);
    await refusal(broker.acquire(by("orders")), "pool_full");
    const outcomes = new Outcomes();
    outcomes.follow("orders", broker.acquire(waiting({ holder: by("orders").holder })));
    await settle();
    await broker.steering.unpin("", 20_000, false);
    await settle();
    assert.deepEqual(outcomes.order, ["orders"]);
    assert.equal(await broker.steering.pin("", pin(20_000)), true, "leased to another");
    assert.equal(await broker.steering.pin("", pin(20_000, "orders")), false);
  });

  it("stand over the configured ones until reset", async () => {
    const { broker } = await brokerFixture({ policy: { pins: [pin(20_000), pin(20_001)] } });
    await broker.steering.pin("", pin(20_000, "orders", "blue"));
    await broker.steering.unpin("", 20_001, false);
    assert.deepEqual(broker.steering.pins(), [
      { ...pin(20_000, "orders", "blue"), pool: "default", origin: "operator" },
    ]);
    await broker.steering.unpin("", 20_000, true);
    await broker.steering.unpin("", 20_001, true);
    assert.deepEqual(
      broker.steering.pins().map(({ service, origin }) => [service, origin]),
      [
        ["gateway", "configuration"],
        ["gateway", "configuration"],
      ],
    );
    assert.deepEqual(broker.policies.adjustments, []);
  });

  it("are refused for ports outside of the pool, and for names that nobody should have", async () => {
    const { broker, store } = await brokerFixture();
    const outside = await refusal(broker.steering.pin("", pin(30_000)), "port_not_in_pool");
    assert.match(outside.message, /which has 20000-20007/);
    for (const wrong of [pin(0), pin(65_536), pin(20_000, ""), pin(20_000, "a\nb")]) {
      await refusal(broker.steering.pin("", wrong), "field_invalid");
    }
    await refusal(broker.steering.pin("", pin(20_000, "a", "b".repeat(129))), "field_invalid");
    await refusal(broker.steering.pin("nothing", pin(20_000)), "pool_not_found");
    await refusal(broker.steering.unpin("", 0, true), "field_invalid");
    assert.equal(store.batches.length, 0);
  });

  it("are as many as they may be, and no more", async () => {
    const { broker } = await brokerFixture({ policy: { size: pinsPerPoolMax + 1 } });
    await broker.policies.adjust("default", (before) => ({
      ...before,
      pins: Array.from({ length: pinsPerPoolMax }, (_, index) => pin(20_000 + index)),
    }));
    const oneMore = broker.steering.pin("", pin(20_000 + pinsPerPoolMax));
    await refusal(oneMore, "too_many_adjustments");
    await broker.steering.pin("", pin(20_000, "another"));
  });
});

describe("Quotas by operators", () => {
  it("bound a service, exempt one from that of all, and say who set them and what is used", async () => {
    const quota = { perService: 2, services: new Map([["orders", 1]]) };
    const { broker } = await brokerFixture({ policy: { quota } });
    await broker.acquire(by("build", { portCount: 2 }));
    await refusal(broker.acquire(by("build")), "quota_exceeded");
    await broker.steering.setQuota("", "build", null, false);
    await broker.acquire(by("build"));
    await broker.acquire(by("other"));
    const raised = await broker.steering.setQuota("", "*", 3, false);
    assert.deepEqual([raised.portsMax, raised.usedPorts], [3, 1]);
    await broker.steering.setQuota("", "orders", 0, false);
    await refusal(broker.acquire(by("orders")), "quota_exceeded");
    assert.deepEqual(
      broker.steering
        .quotas()
        .map((each) => [each.service, each.portsMax, each.usedPorts, each.origin]),
      [
        ["*", 3, 1, "operator"],
        ["build", null, 3, "operator"],
        ["orders", 0, 0, "operator"],
      ],
    );
    const back = await broker.steering.setQuota("", "orders", null, true);
    assert.deepEqual([back.portsMax, back.origin], [1, "configuration"]);
  });

  it("are refused for no service, too many ports, and above as many as they may be", async () => {
    const { broker } = await brokerFixture();
    await refusal(broker.steering.setQuota("", "", 1, false), "field_invalid");
    await refusal(broker.steering.setQuota("", "a\u0007", 1, false), "field_invalid");
    await refusal(broker.steering.setQuota("", "a", 65_536, false), "field_invalid");
    await refusal(broker.steering.setQuota("nothing", "a", 1, false), "pool_not_found");
    await broker.policies.adjust("default", (before) => ({
      ...before,
      quotas: Array.from({ length: quotasPerPoolMax }, (_, index) => ({
        service: `s${index}`,
        portsMax: 1,
      })),
    }));
    await refusal(broker.steering.setQuota("", "one more", 1, false), "too_many_adjustments");
    await broker.steering.setQuota("", "s7", 2, false);
  });
});
