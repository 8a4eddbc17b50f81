// Many leases of holders that went away expire at the same instant, beside some whose holder renews them: how late the broker
// says so, how long others wait meanwhile, and whether any renewal failed.

import { setTimeout as delay } from "node:timers/promises";
import { credentials } from "@grpc/grpc-js";
import {
  AcquireLeaseRequest,
  LeaseServiceClient,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { startBrokerProcess } from "./broker-process.js";
import type { HeldLease } from "./connection.js";
import { type News, SessionClient } from "./session-client.js";
import { quantileOf } from "./statistics.js";

export interface MassExpiry {
  readonly leases: number;
  /** From the last moment of the TTL, counted from when the renewal was sent, to the news of the end. */
  readonly lagMs: Quantiles;
  /** What a ping on another session took meanwhile: how long the broker's loop was busy with other things. */
  readonly pingMs: Quantiles;
  readonly keptLeases: number;
  readonly keptRenewals: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const keptCount = 200;
/** Short, so that a renewal that comes late shows. */
const keptTtlMs = 3_000;
/** Long enough for all leases to be acquired before the first of them runs out. */
const ttlMs = 30_000;
/** As many as one message may renew. */
const leasesPerSession = 1_000;
const pingEveryMs = 10;
const lagMsMax = 30_000;

/** Rejects when a kept lease is lost, or an end is not told. */
export async function measureMassExpiry(
  count: number,
  brokerCore: number | null,
  profileDirectory: string | null,
): Promise<MassExpiry> {
  const poolSize = count + keptCount;
  const broker = await startBrokerProcess(brokerCore, profileDirectory, poolSize);
  const client = new LeaseServiceClient(broker.address, credentials.createInsecure());
  try {
    return await expireAll(client, count);
  } finally {
    client.close();
    await broker.stop();
  }
}

async function expireAll(client: LeaseServiceClient, count: number): Promise<MassExpiry> {
  const endedAtMs = new Map<string, number>();
  let allEnded = (): void => undefined;
  const untilAllEnded = new Promise<void>((resolve) => (allEnded = resolve));
  const hear = (news: News): void => {
    if (news.$case !== "leaseNotice") return;
    endedAtMs.set(news.value.leaseId, performance.now());
    if (endedAtMs.size === count) allEnded();
  };
  const holders = await Promise.all(
    Array.from({ length: Math.ceil(count / leasesPerSession) }, (_, index) => {
      const session = new SessionClient(client, hear);
      const own = Math.min(leasesPerSession, count - index * leasesPerSession);
      return acquireMany(session, own, ttlMs).then((held) => ({ session, held }));
    }),
  );
  const keeper = new Keeper(new SessionClient(client));
  await keeper.start();
  const pinger = new Pinger(new SessionClient(client));
  // They were granted one after the other; now they all run out at the same time.
  const dueAtMs = new Map<string, number>();
  const renewed = holders.map(({ session, held }) => {
    for (const { leaseId } of held) dueAtMs.set(leaseId, performance.now() + ttlMs);
    return renew(session, held, "too much time passed before all leases were acquired");
  });
  await Promise.all(renewed);
  await delay(ttlMs - 1_000);
  pinger.start();
  await Promise.race([untilAllEnded, delay(1_000 + lagMsMax, undefined, { ref: false })]);
  if (endedAtMs.size < count) throw new Error(`only ${endedAtMs.size} of ${count} leases ended`);
  const pings = await pinger.stop();
  const keptRenewals = await keeper.stop();
  const lags = [...dueAtMs].map(([leaseId, dueMs]) => (endedAtMs.get(leaseId) ?? Infinity) - dueMs);
  return {
    leases: count,
    lagMs: quantilesOf(lags),
    pingMs: quantilesOf(pings),
    keptLeases: keptCount,
    keptRenewals,
  };
}

export function massExpiryReport({ leases, lagMs, pingMs, ...kept }: MassExpiry): string {
  const figures = (values: Quantiles): string =>
    [values.p50, values.p99, values.max].map((value) => value.toFixed(0)).join(" | ");
  return [
    "| leases that expire at once | lag p50 ms | p99 ms | max ms | ping of others p50 ms | p99 ms | max ms |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    `| ${leases} | ${figures(lagMs)} | ${figures(pingMs)} |`,
    "",
    `None of ${kept.keptLeases} leases that were renewed meanwhile was lost (${kept.keptRenewals} renewals, TTL ${keptTtlMs} ms).`,
  ].join("\n");
}

async function acquireMany(
  session: SessionClient,
  count: number,
  leaseTtlMs: number,
): Promise<readonly HeldLease[]> {
  const value = AcquireLeaseRequest.fromPartial({
    holder: { service: "bench", instance: "expiry" },
    ttl: { seconds: BigInt(leaseTtlMs / 1_000), nanos: 0 },
  });
  const request = { $case: "acquireLease", value } as const;
  const granted = await Promise.all(
    Array.from({ length: count }, () => session.ask(request, "acquireLease")),
  );
  return granted.map(({ lease, holderKey }) => ({ leaseId: lease?.leaseId ?? "", holderKey }));
}

/** Rejects with `meaning` when one of them is not live any more. */
async function renew(
  session: SessionClient,
  held: readonly HeldLease[],
  meaning: string,
): Promise<void> {
  const leases = held.map((lease) => ({ ...lease, ttl: undefined }));
  const request = { $case: "renewLeases", value: { leases } } as const;
  const { leases: results } = await session.ask(request, "renewLeases");
  const failed = results.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new Error(`${meaning}: ${failed.error?.message}`);
}

/** A holder that renews at a third of the TTL. */
class Keeper {
  readonly #session: SessionClient;
  #held: readonly HeldLease[] = [];
  #renewals = 0;
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(session: SessionClient) {
    this.#session = session;
  }

  async start(): Promise<void> {
    this.#held = await acquireMany(this.#session, keptCount, keptTtlMs);
    this.#ended = this.#run();
    // Told of by `stop`.
    this.#ended.catch(() => undefined);
  }

  /** Resolves with how many renewals there were. Rejects when one failed. */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#ended;
    this.#session.close();
    return this.#renewals;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await renew(this.#session, this.#held, "a lease that was renewed in time was lost");
      this.#renewals += this.#held.length;
      await delay(keptTtlMs / 3);
    }
  }
}

/** Somebody else who wants a word with the broker now and then. */
class Pinger {
  readonly #session: SessionClient;
  readonly #latencies: number[] = [];
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(session: SessionClient) {
    this.#session = session;
  }

  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<readonly number[]> {
    this.#stopped = true;
    await this.#ended;
    this.#session.close();
    return this.#latencies;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const startMs = performance.now();
      await this.#session.ask({ $case: "ping", value: {} }, "pong");
      this.#latencies.push(performance.now() - startMs);
      await delay(pingEveryMs);
    }
  }
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    p50: quantileOf(sorted, 0.5),
    p99: quantileOf(sorted, 0.99),
    max: quantileOf(sorted, 1),
  };
}
