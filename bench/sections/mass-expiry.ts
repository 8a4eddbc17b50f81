// Many leases of holders that went away expire at the same instant, beside some whose holder renews them: how late the broker
// says so, how long others wait meanwhile, and whether any renewal failed.

import { setTimeout as delay } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import { LeaseServiceClient } from "@portlease/proto/portlease/v1/lease_service.js";
import { goalOf } from "../goals.js";
import { type Figure, nothingToSay } from "../outcome.js";
import { type News, SessionClient } from "../rows/session-client.js";
import { manyLeases } from "../servers/broker-pools.js";
import type { BrokerProcess } from "../servers/broker-process.js";
import { sampleCpu } from "../servers/cpu-time.js";
import { withFreshBroker } from "../servers/fresh-broker.js";
import { type Quantiles, quantilesOf, spreadOf, spreadOfKnown } from "../statistics.js";
import { Keeper } from "./keeper.js";
import { acquireMany, acquireWithSessions, renewAll } from "./many-leases.js";
import { Pinger } from "./pinger.js";
import { expiryLagMsMax } from "./many-lease-goals.js";
import type { Section } from "./section.js";

export interface MassExpiry {
  /** From the last moment of the TTL, counted from when the renewal was sent, to the news of the end. */
  readonly lagMs: Quantiles;
  /** What a ping on another session took meanwhile: how long the broker's loop was busy with other things. */
  readonly pingMs: Quantiles;
  /** Of all threads of the broker, for each lease that ended; `null` where it is not known. */
  readonly brokerUsPerEnd: number | null;
  /** Of the broker's event loop, from a second before the end on. */
  readonly loopDelayP99Ms: number | null;
  readonly keptRenewals: number;
  readonly keptMissed: number;
}

const keptCount = 200;
/** Short, so that a renewal that comes late shows. */
const keptTtlMs = 3_000;
/** Long enough for all leases to be acquired before the first of them runs out, on a machine four times as slow as ours. */
const ttlMsPerLease = 0.5;
const ttlMsMin = 5_000;
const lagMsMax = 60_000;
/** A run is mostly waiting, and more than this say no more. */
const roundsMax = 3;

export const expirySection: Section = {
  name: "expiry",
  about: "many leases that expire at the same instant",
  async run(context) {
    const { rounds } = context.options;
    const { leases, pools } = manyLeases(context.options.leases, keptCount);
    const measured: MassExpiry[] = [];
    for (let round = 1; round <= Math.min(rounds, roundsMax); round += 1) {
      context.progress(`expiry: round ${round}/${Math.min(rounds, roundsMax)}`);
      measured.push(await withFreshBroker(context, (broker) => expireAt(broker, leases), pools));
    }
    const figures = figuresOf(leases, measured);
    const lagP99 = spreadOf(measured.map(({ lagMs }) => lagMs.p99)).median;
    const missed = measured.reduce((sum, one) => sum + one.keptMissed, 0);
    return {
      ...nothingToSay,
      figures,
      goals: [
        goalOf(`${leases} leases expire at once: lag p99, ms`, { atMost: expiryLagMsMax }, lagP99),
        goalOf("renewals of others that were missed meanwhile", { atMost: 0 }, missed),
      ],
      notes: [`Expiry: the broker has ${pools.note}.`],
    };
  },
};

function figuresOf(leases: number, measured: readonly MassExpiry[]): Figure[] {
  const figure = (name: string, unit: string, of: (one: MassExpiry) => number): Figure => {
    return { name, unit, value: spreadOf(measured.map(of)) };
  };
  const known = (name: string, unit: string, of: (one: MassExpiry) => number | null): Figure[] => {
    const value = spreadOfKnown(measured.map(of));
    return value === null ? [] : [{ name, unit, value }];
  };
  const lag = `${leases} leases expire at once: lag`;
  return [
    figure(`${lag} p50`, "ms", ({ lagMs }) => lagMs.p50),
    figure(`${lag} p99`, "ms", ({ lagMs }) => lagMs.p99),
    figure(`${lag} max`, "ms", ({ lagMs }) => lagMs.max),
    figure("ping of others meanwhile, p50", "ms", ({ pingMs }) => pingMs.p50),
    figure("ping of others meanwhile, p99", "ms", ({ pingMs }) => pingMs.p99),
    figure("ping of others meanwhile, max", "ms", ({ pingMs }) => pingMs.max),
    ...known(
      "broker, meanwhile",
      "µs for each lease that ended",
      ({ brokerUsPerEnd }) => brokerUsPerEnd,
    ),
    ...known("loop of the broker meanwhile, p99", "ms", ({ loopDelayP99Ms }) => loopDelayP99Ms),
    figure(`renewals of ${keptCount} other leases`, "", ({ keptRenewals }) => keptRenewals),
  ];
}

/** Rejects when an end is not told. */
async function expireAt(broker: BrokerProcess, count: number): Promise<MassExpiry> {
  const client = new LeaseServiceClient(broker.address, credentials.createInsecure());
  try {
    return await expireAll(broker, client, count);
  } finally {
    client.close();
  }
}

async function expireAll(
  broker: BrokerProcess,
  client: LeaseServiceClient,
  count: number,
): Promise<MassExpiry> {
  const ttlMs = Math.max(ttlMsMin, Math.ceil((count * ttlMsPerLease) / 1_000) * 1_000);
  const endedAtMs = new Map<string, number>();
  let allEnded = (): void => undefined;
  const untilAllEnded = new Promise<void>((resolve) => (allEnded = resolve));
  const hear = (news: News): void => {
    if (news.$case !== "leaseNotice") return;
    endedAtMs.set(news.value.leaseId, performance.now());
    if (endedAtMs.size === count) allEnded();
  };
  const holders = await acquireWithSessions(client, count, ttlMs, hear);
  const keptSession = new SessionClient(client);
  const kept = await acquireMany(keptSession, keptCount, keptTtlMs);
  const keeper = new Keeper(keptSession, kept, keptTtlMs);
  const pinger = new Pinger(new SessionClient(client));
  // They were granted one after the other; now they all run out at the same time.
  const dueAtMs = new Map<string, number>();
  const renewed = holders.map(async ({ session, held }) => {
    for (const { leaseId } of held) dueAtMs.set(leaseId, performance.now() + ttlMs);
    const { missed: late, why } = await renewAll(session, held);
    if (late > 0) throw new Error(`too much time passed before all leases were there: ${why}`);
  });
  await Promise.all(renewed);
  await delay(ttlMs - 1_000);
  pinger.start();
  broker.forgetLoop();
  const before = sampleCpu(broker.processId);
  await Promise.race([untilAllEnded, delay(1_000 + lagMsMax, undefined, { ref: false })]);
  if (endedAtMs.size < count) throw new Error(`only ${endedAtMs.size} of ${count} leases ended`);
  const after = sampleCpu(broker.processId);
  const loopDelayP99Ms = await broker.loopDelayP99Ms();
  const pings = await pinger.stop();
  const { renewals, missed } = await keeper.stop();
  const lags = [...dueAtMs].map(([leaseId, dueMs]) => (endedAtMs.get(leaseId) ?? Infinity) - dueMs);
  return {
    lagMs: quantilesOf(lags),
    pingMs: quantilesOf(pings),
    brokerUsPerEnd:
      after.serverUs === null || before.serverUs === null
        ? null
        : (after.serverUs - before.serverUs) / count,
    loopDelayP99Ms,
    keptRenewals: renewals,
    keptMissed: missed,
  };
}
