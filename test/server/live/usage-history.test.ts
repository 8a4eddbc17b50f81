// Usage over time, sampled from the real core on a fake clock.

import assert from "node:assert/strict";
import { UsageHistory } from "#server/live/usage-history.js";
import { brokerFixture, request } from "../../support/broker-fixture.js";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

describe("The usage history", () => {
  async function start(policy: Parameters<typeof brokerFixture>[0] = {}) {
    const fixture = await brokerFixture(policy);
    const usage = new UsageHistory(fixture.broker, fixture.clock);
    usage.advance();
    const run = (milliseconds: number): void => {
      for (let passed = 0; passed < milliseconds; passed += 250) {
        fixture.clock.advance(250);
        usage.advance();
      }
    };
    return { ...fixture, usage, run };
  }

  it("has a sample at once, and then one every ten seconds for an hour", async () => {
    const { usage, run } = await start();
    assert.equal(usage.over("default", hour).samples.length, 1);
    run(2 * hour);
    const { samples, everyMs } = usage.over("default", hour);
    assert.equal(everyMs, 10 * second);
    assert.equal(samples.length, 360);
    const [first, next] = samples;
    assert.equal((next?.atMs ?? 0) - (first?.atMs ?? 0), 10 * second);
    assert.equal((next?.wallMs ?? 0) - (first?.wallMs ?? 0), 10 * second);
  });

  it("has one every minute for a day beyond that", async () => {
    const { usage, run } = await start();
    run(25 * hour);
    const { samples, everyMs } = usage.over("default", 24 * hour);
    assert.equal(everyMs, minute);
    assert.equal(samples.length, 1_440);
    assert.equal(usage.over("default", 2 * hour).samples.length, 120);
  }).timeout(120_000);

  it("counts what happened in the interval before each sample, in both steps", async () => {
    const { broker, usage, run } = await start({
      policy: { size: 2, portCountMax: 2, quarantineMs: 0 },
    });
    run(minute);
    const { lease } = await broker.acquire(request());
    await broker.acquire(request({ ttlMs: 3_600_000 }));
    await assert.rejects(broker.acquire(request()));
    run(10 * second);
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    run(10 * second);
    const short = usage.over("default", 20 * second).samples.map(inShort);
    assert.deepEqual(short.slice(-2), [
      { leased: 2, quarantined: 0, grants: 2, refusals: 1, releases: 0, losses: 0 },
      { leased: 1, quarantined: 0, grants: 0, refusals: 0, releases: 1, losses: 0 },
    ]);
    run(minute);
    const last = usage
      .over("default", 2 * hour)
      .samples.map(inShort)
      .at(-1);
    assert.deepEqual(last, {
      leased: 1,
      quarantined: 0,
      grants: 2,
      refusals: 1,
      releases: 1,
      losses: 0,
    });
  });

  it("counts leases that expired as losses", async () => {
    const { broker, clock, usage, run } = await start();
    await broker.acquire(request({ ttlMs: 2_000 }));
    clock.advance(3_000);
    broker.advance();
    await broker.stop();
    run(10 * second);
    assert.equal(usage.over("default", minute).samples.at(-1)?.losses, 1);
  });

  it("tells all pools together", async () => {
    const { broker, usage, run } = await start();
    await broker.acquire(request());
    run(10 * second);
    assert.deepEqual(usage.over(null, minute).samples, usage.over("default", minute).samples);
  });

  it("has a gap where nothing ran, and makes nothing up", async () => {
    const { clock, usage, run } = await start();
    run(minute);
    clock.advance(10 * minute);
    usage.advance();
    run(minute);
    const times = usage.over("default", hour).samples.map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    assert.equal(gaps.filter((gap) => gap > 10 * second).length, 1);
    assert.ok(Math.max(...gaps) >= 10 * minute);
    assert.ok(times.length <= 15, `${times.length} samples`);
  });

  it("knows nothing of a pool that does not exist", async () => {
    const { usage } = await start();
    assert.deepEqual(usage.over("other", hour), {
      samples: [],
      everyMs: 10 * second,
      exhaustionMs: null,
    });
  });

  it("says when a pool that fills up is full", async () => {
    const { broker, usage, run } = await start({ policy: { size: 100, ttlMaxMs: hour } });
    for (let count = 0; count < 30; count += 1) {
      await broker.acquire(request({ ttlMs: hour }));
      run(10 * second);
    }
    const told = usage.over("default", hour).exhaustionMs;
    assert.ok(told !== null && Math.abs(told - 700 * second) < 20 * second, `${told} ms`);
    assert.equal(usage.over(null, hour).exhaustionMs, told);
    for (let count = 0; count < 70; count += 1) await broker.acquire(request({ ttlMs: hour }));
    run(10 * second);
    assert.equal(usage.over("default", hour).exhaustionMs, 0);
  });
});

function inShort({
  usage,
  grants,
  refusals,
  releases,
  losses,
}: ReturnType<UsageHistory["over"]>["samples"][number]): Readonly<Record<string, number>> {
  const { leased, quarantined } = usage;
  return { leased, quarantined, grants, refusals, releases, losses };
}
