// A start with what operators changed before: it counts again, and what does not fit the configuration any more stops nothing.

import assert from "node:assert/strict";
import { emptyAdjustment } from "#server/domain/pool-adjustment.js";
import type { AdjustedPolicy } from "#server/domain/records.js";
import { settingsSchema } from "#server/config/settings-schema.js";
import {
  pinsPerPoolMax,
  quarantineHighestMs,
  ttlHighestMs,
  ttlLowestMs,
} from "#server/domain/steering-checks.js";
import { BlockLab, type LabBroker } from "../../support/block-lab.js";
import { request, settle } from "../../support/broker-fixture.js";

const values = (fields: Partial<AdjustedPolicy>) => ({
  values: { ...emptyAdjustment("").policy, ...fields },
  reset: false,
});

async function restarted(
  lab: BlockLab,
  life: LabBroker,
  pools: Parameters<BlockLab["start"]>[0] = [{ start: 20_000 }],
): Promise<LabBroker> {
  await life.stop();
  return lab.start(pools);
}

describe("A start with what operators changed", () => {
  it("keeps the blocks that the pool grew by beyond its configuration", async () => {
    const lab = new BlockLab();
    const life = await lab.start([{ start: 20_000 }]);
    await life.broker.steering.update("", values({ sizeMax: 16 }));
    await Promise.all(Array.from({ length: 8 }, () => life.broker.acquire(request())));
    life.grower.advance();
    await life.grower.settled();
    await settle();
    assert.equal(life.broker.pools[0]?.usage().total, 16);
    const again = await restarted(lab, life);
    assert.equal(again.broker.pools[0]?.usage().total, 16);
    assert.equal(again.broker.pools[0].policy.sizeMax, 16);
    assert.equal(again.broker.pools[0].configured.sizeMax, 8);
    assert.deepEqual(lab.warnings, []);
  });

  it("serves without what does not fit any more, says so, and has it back once it fits", async () => {
    const lab = new BlockLab();
    const life = await lab.start([{ start: 20_000 }]);
    await life.broker.steering.update("", values({ ttlMaxMs: 40_000, quarantineMs: 0 }));
    await life.broker.steering.pin("", { port: 20_007, service: "gateway", instance: "" });
    const changed = { start: 20_000, size: 4, sizeMax: 4, ttlDefaultMs: 50_000 };
    const second = await restarted(lab, life, [changed]);
    const { policy } = second.broker.pools[0] ?? {};
    assert.deepEqual([policy?.ttlMaxMs, policy?.quarantineMs], [60_000, 0]);
    assert.match(second.broker.policies.misfitsOf("default")[0]?.message ?? "", /do not rise/);
    assert.match(lab.warnings.join("\n"), /does not fit the configuration any more/);
    assert.match(lab.warnings.join("\n"), /pinned ports are in no block of their pool/);
    const third = await restarted(lab, second);
    assert.equal(third.broker.pools[0]?.policy.ttlMaxMs, 40_000);
    assert.equal(third.broker.steering.pins().length, 1);
  });

  it("keeps what was said of a pool that is gone, and lets it count when the pool is back", async () => {
    const lab = new BlockLab();
    const web = { name: "web", start: 30_000 } as const;
    const life = await lab.start([{ start: 20_000 }, web]);
    await life.broker.steering.setQuota("web", "orders", 1, false);
    const without = await restarted(lab, life);
    assert.match(lab.warnings.join("\n"), /kept though the pool is not configured any more/);
    assert.deepEqual(without.broker.steering.quotas(), []);
    const back = await restarted(lab, without, [{ start: 20_000 }, web]);
    assert.equal(back.broker.steering.quotas()[0]?.portsMax, 1);
  });
});

describe("The ranges of what operators may set", () => {
  it("are those of the configuration", () => {
    const fits = (pool: object): boolean =>
      settingsSchema.safeParse({ pools: [{ name: "default", ...pool }] }).success;
    const ms = (value: number): string => `${value}ms`;
    for (const [lowest, highest, pool] of [
      [ttlLowestMs, ttlHighestMs, (max: string) => ({ ttl: { max } })],
      [0, quarantineHighestMs, (quarantine: string) => ({ quarantine })],
    ] as const) {
      assert.deepEqual([fits(pool(ms(lowest))), fits(pool(ms(highest)))], [true, true]);
      assert.equal(fits(pool(ms(highest + 1))), false);
      assert.equal(lowest > 0 && fits(pool(ms(lowest - 1))), false);
    }
    const pins = Array.from({ length: pinsPerPoolMax + 1 }, (_, index) => ({
      port: 1 + index,
      service: "a",
    }));
    assert.deepEqual([fits({ pins: pins.slice(1) }), fits({ pins })], [true, false]);
  });
});
