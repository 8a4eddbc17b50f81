// The configuration of a plain pool, for tests that care about a few of its values.

import type { PoolConfig } from "#server/config/config.js";

export const plainPool: PoolConfig = {
  name: "default",
  protocol: "tcp",
  kind: "auto",
  isolation: "shared",
  bind: "auto",
  start: "auto",
  size: 8,
  sizeMax: 8,
  growBy: 8,
  shrinkAfterMs: 600_000,
  pick: "least-recently-used",
  pins: [],
  staticPorts: 0,
  quota: { perService: null, services: {} },
  ttlDefaultMs: 30_000,
  ttlMinMs: 2_000,
  ttlMaxMs: 60_000,
  ttlCrowdedMs: 30_000,
  crowdedPercent: 100,
  quarantineMs: 5_000,
  quarantinePercentMax: 100,
  quarantineFloorMs: 0,
  portCountMax: 4,
};
