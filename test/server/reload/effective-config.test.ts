// The configuration as it counts: what operators changed lies over it, and says so.

import assert from "node:assert/strict";
import { toPolicy } from "#server/blocks/pool-policies.js";
import { adjustedPolicy } from "#server/domain/adjusted-policy.js";
import { emptyAdjustment, withPin, withPolicy, withQuota } from "#server/domain/pool-adjustment.js";
import type { PoolAdjustment } from "#server/domain/records.js";
import { type EffectiveConfig, effectiveConfig } from "#server/reload/effective-config.js";
import { load } from "../../support/config-world.js";

const untouched = emptyAdjustment("").policy;

function effective(file: object, adjustment: PoolAdjustment | null): EffectiveConfig {
  const { config, sources } = load({
    file: JSON.stringify(file),
    flags: { "--log-level": "warn" },
    environment: { PORTLEASE_POOL_SIZE: "8" },
  });
  return effectiveConfig(config, sources, (name) => {
    const configured = config.pools.find((pool) => pool.name === name);
    if (configured === undefined || name !== adjustment?.pool) return null;
    const { policy, misfits } = adjustedPolicy(toPolicy(configured, "held"), adjustment);
    return { policy, misfits, adjustment };
  });
}

describe("effectiveConfig", () => {
  const file = { requireToken: true, pools: [{ name: "web" }, { name: "default" }] };

  it("says of each value whether a flag, the environment, the file or nobody gave it", () => {
    const { sources } = effective(file, null);
    const { listen, requireToken } = sources;
    const [level, size, otherSize] = ["log.level", "pools[1].size", "pools[0].size"].map(
      (path) => sources[path],
    );
    assert.deepEqual(
      [listen, requireToken, level, size, otherSize],
      ["default", "file", "flag", "environment", "default"],
    );
  });

  it("shows what operators changed as theirs, and nothing else", () => {
    const values = { ...untouched, ttlMaxMs: 3_600_000, pickPolicy: "random" as const };
    const set = withPolicy(emptyAdjustment("web"), values, false);
    const pinned = withPin(set, { port: 20_000, service: "a", instance: "" });
    const limited = withQuota(pinned, { service: "b", portsMax: null });
    const { config, sources } = effective(file, limited);
    const [web] = config.pools;
    assert.deepEqual(
      [web?.ttl, web?.pick, web?.pins, web?.quota],
      [
        { default: "30s", min: "2s", max: "1h", crowded: "30s" },
        "random",
        [{ port: 20_000, service: "a", instance: "" }],
        { perService: null, services: { b: null } },
      ],
    );
    const theirs = Object.entries(sources).filter(([, source]) => source === "operator");
    assert.deepEqual(theirs.map(([path]) => path).toSorted(), [
      "pools[0].pick",
      "pools[0].pins",
      "pools[0].quota.services",
      "pools[0].ttl.max",
    ]);
  });

  it("shows the configuration where what operators set does not fit it", () => {
    const values = { ...untouched, sizeMax: 4, portCountMax: 3 };
    const { config, sources } = effective(file, withPolicy(emptyAdjustment("web"), values, false));
    assert.equal(config.pools[0]?.maxSize, 256);
    assert.equal(sources["pools[0].maxSize"], "default");
    assert.equal(sources["pools[0].maxPortCount"], "operator");
  });
});
