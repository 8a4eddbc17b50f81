// What a seed makes of the world: its sizes, its times, and which faults may happen in it. Each seed has some of the faults only:
// together they would hide each other.

import type { ReservationKind } from "@portlease/native";
import type { BrokerConfig, PoolConfig } from "#server/config/config.js";
import { plainPool } from "../support/pool-config.js";
import { plainLimits } from "../support/open-gate.js";
import { Dice } from "./dice.js";

export const faultKinds = [
  "broker-kill",
  "broker-stop",
  "broker-pause",
  "host-sleep",
  "host-reboot",
  "wall-jump",
  "disk-full",
  "disk-failure",
  "disk-slow",
  "network-delay",
  "network-reset",
  "network-cut",
  "lonely-grant",
  "client-kill",
  "client-pause",
  "stranger",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Scenario {
  readonly seed: number;
  /** True time until the faults end. */
  readonly durationMs: number;
  readonly faults: ReadonlySet<FaultKind>;
  /** How long from one fault to the next, on average. */
  readonly faultEveryMs: number;
  readonly services: number;
  /** Services ask again and again when there is nothing to be had, so that no free port waits for long. */
  readonly greedy: boolean;
  readonly countsSleep: boolean;
  /** Whether holders also ask for a shorter TTL than they have. */
  readonly cutsTtl: boolean;
  /** Whether somebody pins ports, sets quotas and takes leases back. */
  readonly operated: boolean;
  readonly pool: PoolConfig;
  readonly config: BrokerConfig;
}

export const firstPort = 20_000;

const durationMs = 20_000;

export function scenarioOf(seed: number): Scenario {
  const dice = Dice.of(seed, "scenario");
  const kind = dice.pick<ReservationKind>(["held", "persistent", "runtime", "administered"]);
  const hasTokens = kind === "persistent" || kind === "runtime";
  const ttlMaxMs = dice.pick([3_000, 6_000, 9_000]);
  const quarantineMs = dice.pick([0, 0, 300, 1_500]);
  const greedy = dice.chance(quarantineMs === 0 ? 0.6 : 0.1);
  const size = greedy ? 1 + dice.integer(3) : 2 + dice.integer(5);
  const pool: PoolConfig = {
    ...plainPool,
    kind,
    // Of a stream of its own: the other draws stay as they are.
    bind: kind === "held" && Dice.of(seed, "bind").chance(0.5) ? "plain" : "auto",
    isolation: hasTokens && dice.chance(0.4) ? "per-lease" : "shared",
    start: firstPort,
    size,
    sizeMax: size,
    growBy: size,
    ttlMinMs: 500,
    ttlDefaultMs: 2_000,
    ttlMaxMs,
    ttlCrowdedMs: dice.pick([500, ttlMaxMs]),
    crowdedPercent: dice.pick([50, 100]),
    quarantineMs,
    quarantinePercentMax: dice.pick([50, 100, 100]),
    quarantineFloorMs: quarantineMs / 3,
    pick: dice.pick(["least-recently-used", "compact", "random"]),
    pins: dice.chance(0.3)
      ? [{ port: firstPort + size - 1, service: "service.1", instance: "" }]
      : [],
    staticPorts: dice.chance(0.2) ? 1 : 0,
    quota: { perService: dice.chance(0.3) ? 2 : null, services: {} },
    portCountMax: 3,
  };
  // One seed in twelve has no faults at all: then nothing may go wrong.
  const faults = new Set(dice.chance(1 / 12) ? [] : faultKinds.filter(() => dice.chance(0.35)));
  return {
    seed,
    durationMs,
    faults,
    faultEveryMs: dice.pick([600, 1_500, 4_000]),
    greedy,
    services: 2 + dice.integer(4),
    countsSleep: dice.chance(0.5),
    cutsTtl: dice.chance(0.5),
    // Of a stream of its own: the other draws stay as they are.
    operated: Dice.of(seed, "operated").chance(0.3),
    pool,
    config: brokerConfig(pool),
  };
}

function brokerConfig(pool: PoolConfig): BrokerConfig {
  return {
    listen: "127.0.0.1:7600",
    http: { listen: "off", allowedHosts: [] },
    dataDirectory: "simulated",
    localSocket: "off",
    requireToken: false,
    tokens: [],
    tls: null,
    limits: plainLimits,
    discoveryFile: null,
    portserver: null,
    log: { level: "error", format: "json" },
    auditLog: { file: null, bytesMax: 1, filesMax: 2 },
    history: { changesMax: 100_000, ageMaxMs: 3_600_000 },
    fleet: null,
    tracing: "none",
    auditEveryMs: 5_000,
    pools: [pool],
  };
}
